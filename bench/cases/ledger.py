"""The ledger beside the barest transactions that could stand in its place, through the same driver on the same engine.

`ledger_spend`: spends on distinct persons, against a transaction of two writes (a counter goes down, a row is written).
`ledger_spend_hot`: spends of many clients on one person, against as many that each lower one node's counter in a
transaction; `ledger_spend_hot_alone` is one client, who has nobody to share a transaction with.
`ledger_balance`, `ledger_balance_short`: balances of a person with 10,000 entries and of one with 10, against reading
one node by its key.

VALUE and REFERENCE are operations a second; they take turns in short rounds, and the median round counts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

import anyio

from bench.report import Result
from graph.database import Graph, Transaction
from graph.migrations import migrate
from graph.statement import Statement
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.core.settings import Settings
from hub.services.facts import state_customer
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.ledger.balance import get_holdings
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.request import Call
from hub.services.ledger.spending import spend_amount
from hub.services.programme.shipped import shipped_programme
from tests.support.servers import Engine, graph_server

PERSONS: Final = 400
ENTRIES: Final = 10_000
_NOW: Final = 1_780_000_000_000
_ROUNDS: Final = 7
_CLIENTS: Final = 4
_CROWD: Final = 16

_PREPARE: Final = Statement(
    "bench.prepare", "write", "UNWIND range(0, $count) AS n CREATE (:BenchCounter {key: 'c' + n, value: 1000000})"
)
_INDEX: Final = Statement(
    "bench.index", "write", "CREATE CONSTRAINT bench_counter IF NOT EXISTS FOR (c:BenchCounter) REQUIRE c.key IS UNIQUE"
)
_LOWER: Final = Statement("bench.lower", "write", "MATCH (c:BenchCounter {key: $key}) SET c.value = c.value - 1")
_NOTE: Final = Statement("bench.note", "write", "CREATE (:BenchRow {key: $key, amount: -1, at_ms: $at_ms})")
_READ: Final = Statement("bench.read", "read", "MATCH (c:BenchCounter {key: $key}) RETURN c.value AS value")
_PERSONS_OF: Final = Statement("bench.persons_of", "read", "MATCH (r:Record)-[:OF]->(p:Person) RETURN r.key, p.id")

_Work = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two ways of doing something, each told a number that never repeats, and how many a round does of them."""

    value: _Work
    reference: _Work
    count: int
    clients: int = 1


def run(engine: Engine) -> Iterator[Result]:
    """Five results: spends on many persons, on one by many and by one client, balances by history."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        measured = anyio.run(_measure, settings)
    for what, (value, reference, facts) in measured.items():
        yield Result(what, engine, value, reference, facts)


async def _measure(settings: Settings) -> dict[str, tuple[float, float, dict[str, str]]]:
    async with Graph.open(settings) as graph:
        await migrate(graph)
        await graph.run_schema(_INDEX)
        await graph.write(_prepare)
        members = await _enrol(graph, Identity.from_settings(settings), settings)
        found: dict[str, tuple[float, float, dict[str, str]]] = {}
        for what, pair in members.pairs().items():
            value, reference = await _compare(pair)
            found[what] = value, reference, members.facts(what)
        return found


async def _prepare(tx: Transaction) -> None:
    await tx.run(_PREPARE, count=PERSONS)


async def _enrol(graph: Graph, identity: Identity, settings: Settings) -> _Members:
    """Persons with points; the first has a long history, the last one of ten entries."""
    events = [
        CustomerEvent(
            RecordKey("pos", f"b{number}"), 1, (RawIdentifier("phone", "", f"+86139{number:08d}", "phone"),), {}
        )
        for number in range(PERSONS)
    ]
    facts = [state_customer(identity, event, default_ms=1, source="bench") for event in events]
    for start in range(0, PERSONS, 100):
        await graph.write(apply_facts, identity, facts[start : start + 100], [])
    persons = {row[0]: row[1] for row in await graph.read(_PERSONS_OF)}
    members = _Members(graph, settings, [persons[f"pos|b{number}"] for number in range(PERSONS)])
    for number in range(PERSONS):
        await members.earn(number, 1_000_000)
    await members.spend_together(0, ENTRIES - 1)
    await members.spend_together(PERSONS - 1, 9)
    return members


class _Members:
    def __init__(self, graph: Graph, settings: Settings, persons: list[str]) -> None:
        self._graph = graph
        self._programme = shipped_programme(ZoneInfo(settings.timezone))
        self._persons = persons
        self._calls = 0

    def pairs(self) -> dict[str, _Pair]:
        return {
            "ledger_spend": _Pair(self.spend, self._two_writes, 200, _CLIENTS),
            "ledger_spend_hot": _Pair(lambda _: self.spend(1), lambda _: self._one_write(1), 160, _CROWD),
            "ledger_spend_hot_alone": _Pair(lambda _: self.spend(1), lambda _: self._one_write(1), 60),
            "ledger_balance": _Pair(lambda _: self._balance(0), lambda _: self._read(0), 300),
            "ledger_balance_short": _Pair(lambda _: self._balance(PERSONS - 1), lambda _: self._read(0), 300),
        }

    def facts(self, what: str) -> dict[str, str]:
        match what:
            case "ledger_balance":
                return {"history": f"{ENTRIES:,} entries"}
            case "ledger_balance_short":
                return {"history": "10 entries"}
            case "ledger_spend_hot":
                return {"clients": f"{_CROWD}"}
            case _:
                return {"persons": f"{PERSONS:,}"}

    async def earn(self, number: int, amount: int) -> None:
        await earn_amount(
            self._graph,
            self._programme,
            self._call(),
            record=f"pos|b{number % PERSONS}",
            asset="points",
            amount=amount,
            earned_ms=_NOW,
            now_ms=_NOW,
        )

    async def spend_together(self, number: int, count: int) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(self.spend, number)

    async def spend(self, number: int) -> None:
        person = self._persons[number % PERSONS]
        await spend_amount(
            self._graph, self._programme, self._call(), person=person, asset="points", amount=1, now_ms=_NOW
        )

    async def _balance(self, number: int) -> None:
        await get_holdings(self._graph, self._programme, self._persons[number], now_ms=_NOW)

    async def _two_writes(self, number: int) -> None:
        await self._graph.write(_write_two, f"c{number % PERSONS}", self._next())

    async def _one_write(self, number: int) -> None:
        await self._graph.write(_write_one, f"c{number}")

    async def _read(self, number: int) -> None:
        await self._graph.read(_READ, key=f"c{number}")

    def _call(self) -> Call:
        return Call("bench", f"k{self._next()}")

    def _next(self) -> int:
        self._calls += 1
        return self._calls


async def _write_two(tx: Transaction, key: str, number: int) -> None:
    await tx.run(_LOWER, key=key)
    await tx.run(_NOTE, key=f"row{number}", at_ms=_NOW)


async def _write_one(tx: Transaction, key: str) -> None:
    await tx.run(_LOWER, key=key)


async def _compare(pair: _Pair) -> tuple[float, float]:
    """Operations a second of both, by the median of rounds that take turns; the first round warms up."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(_ROUNDS + 1):
        for ours in (True, False):
            rate = await _time(pair.value if ours else pair.reference, pair, turn)
            if turn:
                rates[ours].append(rate)
    return median(rates[True]), median(rates[False])


async def _time(work: _Work, pair: _Pair, turn: int) -> float:
    started = perf_counter()
    async with anyio.create_task_group() as group:
        for client in range(pair.clients):
            group.start_soon(_repeat, work, turn * pair.count + client, pair)
    return pair.count / (perf_counter() - started)


async def _repeat(work: _Work, start: int, pair: _Pair) -> None:
    for number in range(start, start + pair.count, pair.clients):
        await work(number)
