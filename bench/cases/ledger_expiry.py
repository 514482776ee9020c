"""A night's expiry, against the barest statement that could write what expired: UNWIND, MATCH by key, SET.

VALUE and REFERENCE are lots a second; `HUB_BENCH_LOTS` says how many lots expire (a million unless told).
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import anyio

from bench.report import Result
from graph.database import Graph, Transaction
from graph.migrations import migrate
from graph.statement import Statement
from hub.core.model import DAY_MS
from hub.core.settings import Settings
from hub.services.ledger.expire import expire_due
from tests.support.servers import Engine, graph_server

LOTS: Final = int(os.environ.get("HUB_BENCH_LOTS") or 1_000_000)
_OF_ACCOUNT: Final = 5
_BATCH: Final = 2_500
_NOW: Final = 1_780_000_000_000
_EARNED: Final = _NOW - DAY_MS

_INDEX: Final = Statement(
    "bench.lot_index", "write", "CREATE CONSTRAINT bench_lot IF NOT EXISTS FOR (l:BenchLot) REQUIRE l.key IS UNIQUE"
)
_CREATE: Final = Statement(
    "bench.create_lots",
    "write",
    """
    UNWIND $accounts AS key
    CREATE (a:Account {key: key, programme: 'main', asset: 'points', entries: $lots, at_ms: $earned_ms, debt: 0,
                       due_ms: $now_ms, free: $free, holds: '{}', revision: 0})
    WITH a
    UNWIND range(1, $lots) AS number
    CREATE (l:Lot {key: a.key + '|' + toString(number), id: toString(number), place: a.key + $place + toString(number),
                   earned_ms: $earned_ms, pending_ms: 0, expires_ms: $now_ms, amount: 10, left: 10, held: 0, spent: 0,
                   expired: 0, taken: 0, reversed: 0, origin: ''})
    CREATE (a)-[:OPEN]->(l)
    """,
)
_CREATE_BARE: Final = Statement(
    "bench.create_bare_lots", "write", "UNWIND $keys AS key CREATE (:BenchLot {key: key, left: 10, expired: 0})"
)
_EXPIRE_BARE: Final = Statement(
    "bench.expire_bare_lots",
    "write",
    "UNWIND $rows AS row MATCH (l:BenchLot {key: row[0]}) SET l.left = row[1], l.expired = row[2]",
)


def run(engine: Engine) -> Iterator[Result]:
    """One result: lots that expire."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        value, reference, facts = anyio.run(_measure, settings)
    yield Result("ledger_expiry", engine, value, reference, facts)


async def _measure(settings: Settings) -> tuple[float, float, dict[str, Any]]:
    async with Graph.open(settings) as graph:
        await migrate(graph)
        await graph.run_schema(_INDEX)
        bare = [f"bare|{number}" for number in range(min(LOTS, 100_000))]
        await _fill(graph, bare)
        reference = await _expire_bare(graph, bare)
        memory, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, perf_counter()
        told: list[tuple[int, int]] = []
        done = await expire_due(graph, now_ms=_NOW, progress=lambda *said: told.append(said))
        value = done.accounts * _OF_ACCOUNT / (perf_counter() - started)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        facts = {"lots": f"{LOTS:,}", "progress": f"{len(told)} times", "memory grew by": f"{grown / 1024:.0f} MB"}
        return value, reference, facts


async def _fill(graph: Graph, bare: list[str]) -> None:
    accounts = [f"main|points|{number:08d}" for number in range(LOTS // _OF_ACCOUNT)]
    for start in range(0, len(accounts), _BATCH):
        await graph.write(_create, accounts[start : start + _BATCH])
    for start in range(0, len(bare), _BATCH):
        await graph.write(_create_bare, bare[start : start + _BATCH])


async def _create(tx: Transaction, accounts: list[str]) -> None:
    free, place = f"[[0,{_NOW},{10 * _OF_ACCOUNT}]]", f"|{_NOW:015d}|{_EARNED:015d}|"
    await tx.run(_CREATE, accounts=accounts, lots=_OF_ACCOUNT, earned_ms=_EARNED, now_ms=_NOW, free=free, place=place)


async def _create_bare(tx: Transaction, keys: list[str]) -> None:
    await tx.run(_CREATE_BARE, keys=keys)


async def _expire_bare(graph: Graph, keys: list[str]) -> float:
    started = perf_counter()
    for start in range(0, len(keys), _BATCH):
        await graph.write(_write_bare, [[key, 0, 10] for key in keys[start : start + _BATCH]])
    return len(keys) / (perf_counter() - started)


async def _write_bare(tx: Transaction, rows: list[list[Any]]) -> None:
    await tx.run(_EXPIRE_BARE, rows=rows)
