"""Orders that are delivered and settled, and what they brought in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from graph.database import Graph
from graph.order_points import decode_points
from graph.statement import Statement
from hub.core.course import Exchange, Refund
from hub.core.model import OrderEvent, OrderLine
from hub.core.order_points import OrderPoints
from hub.services.facts import state_customer, state_order
from hub.services.guests import name_guest
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.order_points import Earner, Settled, settle_orders
from rules.earning import Earning, Percent, PerFen, Rule
from rules.programme import Programme
from tests.support.ledger import NOW, PROGRAMME

LINES: Final = (OrderLine("1", "K1", "tea", 2, 6_000), OrderLine("2", "K2", "cup", 1, 4_100))
"""What most test orders consist of: 101.00 yuan, which earn 101 points."""

_POINTS: Final = Statement("tests.order_points", "read", "MATCH (o:Order) RETURN o.key, o.points, o.unsettled_ms")


_RULES: Final = (Rule("base", PerFen(1, 100)), Rule("gold", Percent(200), when='buyer.tier == "gold"'))
EARNER_PROGRAMME: Final = replace(PROGRAMME, earning=Earning(_RULES), version=3)
"""A point for every yuan, and twice as many for gold members."""


async def refuse_version(version: int) -> Programme:
    """Only one version is there."""
    raise AssertionError(version)


EARNER: Final = Earner(EARNER_PROGRAMME, refuse_version)


def bought(
    order_id: str = "T1",
    status: str | None = "paid",
    *,
    by: str | None = "c1",
    at: int = NOW,
    system: str = "pos",
    lines: tuple[OrderLine, ...] = LINES,
    total_fen: int | None = None,
    phone: str | None = None,
    deposit_fen: int | None = None,
    reached: tuple[tuple[str, int], ...] = (),
    refunds: tuple[Refund, ...] = (),
    exchanges: tuple[Exchange, ...] = (),
) -> OrderEvent:
    """An order as its system states it at the instant `at`; it was placed at `NOW`."""
    return OrderEvent(
        system, order_id, by, NOW, status, total_fen, "S01", at, lines, phone, deposit_fen, reached, refunds, exchanges
    )


@dataclass
class Shop:
    """A hub that is told of orders and settles their points."""

    graph: Graph
    identity: Identity
    earner: Earner = EARNER
    now_ms: int = NOW

    async def deliver(self, *events: OrderEvent) -> None:
        """Have the hub told these in one batch."""
        named = [name_guest(self.identity, event) for event in events]
        guests = [
            state_customer(self.identity, guest, default_ms=1, source="test") for _, guest in named if guest is not None
        ]
        orders = [state_order(event, default_ms=1) for event, _ in named]
        await self.graph.write(apply_facts, self.identity, guests, orders)

    async def settle(self) -> Settled:
        """Settle everything that is marked."""
        return await settle_orders(self.graph, self.earner, now_ms=self.now_ms)

    async def points(self) -> dict[str, OrderPoints]:
        """What is kept of each order's points, by the order's key; nothing may be marked any more."""
        rows = await self.graph.read(_POINTS)
        assert all(mark is None for _, points, mark in rows)
        return {key: decode_points(points)["main"] for key, points, _ in rows if points}

    async def net(self, order: str = "pos|T1") -> int:
        """The points of an order that stand."""
        found = (await self.points()).get(order)
        return sum(lot.net for lot in found.lots) if found else 0
