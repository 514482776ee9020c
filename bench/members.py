"""Members as a call centre meets them: each with records in four systems, orders, points and an enrolment."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import anyio

from graph.database import Graph
from graph.migrations import migrate
from hub.core.model import DAY_MS, CustomerEvent, OrderEvent, OrderLine, RawIdentifier, RecordKey
from hub.core.settings import Settings
from hub.services.facts import state_customer, state_order
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.request import Call
from hub.services.membership.enrol import enrol
from hub.services.programme.shipped import shipped_programme

PERSONS: Final = 200
_NOW: Final = 1_780_000_000_000
_BATCH: Final = 50
RECORDS: Final = (
    ("pos", "card", "pos"),
    ("tmall:flagship", "ouid", "flagship"),
    ("wechat:mini", "openid", "wx1"),
    ("erp", "erp_code", "erp"),
)
"""Each member's: the system, and the type and scope of an identifier of its own."""
_EARNED: Final = (100, 250, 80, 40)


def phone(number: int) -> str:
    """The phone that a member's records share."""
    return f"139{number:08d}"


async def put_members(settings: Settings) -> None:
    """Store them in a new graph, by the hub's own services."""
    async with Graph.open(settings) as graph:
        await migrate(graph)
        identity = Identity.from_settings(settings)
        for start in range(0, PERSONS, _BATCH):
            numbers = range(start, start + _BATCH)
            said = [state_customer(identity, one, default_ms=_NOW, source="bench") for n in numbers for one in _says(n)]
            bought = [state_order(one, default_ms=_NOW) for n in numbers for one in _buys(n)]
            await graph.write(apply_facts, identity, said, bought)
        limiter = anyio.CapacityLimiter(8)
        async with anyio.create_task_group() as group:
            for number in range(PERSONS):
                group.start_soon(_join, graph, settings, number, limiter)


def _record(number: int, system: str) -> RecordKey:
    return RecordKey(system, f"{system}-{number:05d}")


def _says(number: int) -> list[CustomerEvent]:
    shared = RawIdentifier("phone", "", phone(number))
    return [
        CustomerEvent(_record(number, system), _NOW, (shared, RawIdentifier(kind, scope, f"{kind}-{number:012d}")), {})
        for system, kind, scope in RECORDS
    ]


def _buys(number: int) -> list[OrderEvent]:
    buyer = _record(number, "pos")
    line = OrderLine("1", "SKU-1", "绿茶 500ml", 2, 9_900)
    return [
        OrderEvent(buyer.system, f"o{number}-{n}", buyer.external_id, _NOW - n * DAY_MS, "received", 9_900, "S01", _NOW,
                   (line,))
        for n in range(3)
    ]  # fmt: skip


async def _join(graph: Graph, settings: Settings, number: int, limiter: anyio.CapacityLimiter) -> None:
    programme = shipped_programme(ZoneInfo(settings.timezone))
    async with limiter:
        record = str(_record(number, "pos"))
        await enrol(graph, programme, Call("bench", f"join{number}"), record=record, now_ms=_NOW, channel="store")
        for turn, amount in enumerate(_EARNED):
            await earn_amount(
                graph,
                programme,
                Call("bench", f"earn{number}-{turn}"),
                record=str(_record(number, RECORDS[turn % 2][0])),
                asset="points",
                amount=amount,
                earned_ms=_NOW + turn,
                now_ms=_NOW + turn,
            )
