"""A handful of invented customers for the tests of the API, put in through the hub's own ingest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from graph.database import Graph
from graph.imports import advance_import, begin_import
from hub.core.model import DAY_MS, CustomerEvent, OrderEvent, OrderLine, RawIdentifier, RecordKey
from hub.core.settings import Settings
from hub.services.facts import state_customer, state_order
from hub.services.identity import Identity
from hub.services.ingest import apply_facts

NOON_MS: Final = 1_760_000_000_000

MING_PHONE: Final = "13800000001"
HUA_PHONE: Final = "13800000002"
MING_TMALL: Final = RecordKey("tmall:flagship", "tb-ming")
MING_WECHAT: Final = RecordKey("wechat:mini", "wx-ming")
MING_POS: Final = RecordKey("pos", "C0001")
HUA_POS: Final = RecordKey("pos", "C0002")


async def put(
    graph: Graph, settings: Settings, customers: Iterable[CustomerEvent] = (), orders: Iterable[OrderEvent] = ()
) -> None:
    """Ingest events, all from one delivery."""
    identity = Identity.from_settings(settings)
    await graph.write(
        apply_facts,
        identity,
        [state_customer(identity, event, default_ms=NOON_MS, source="delivery-1") for event in customers],
        [state_order(event, default_ms=NOON_MS) for event in orders],
    )


async def put_import(graph: Graph, system: str, *, observed_ms: int, complete: bool = True) -> None:
    """An import that stored one row, which speaks of that instant."""
    key = f"{system}|{observed_ms}"
    before = await begin_import(graph, key, system=system, file="customers.csv", now_ms=NOON_MS)
    after = replace(before, position=1, accepted=1, complete=complete, observed_ms=observed_ms)
    await graph.write(advance_import, key, before, after, now_ms=NOON_MS)


async def put_ming_and_hua(graph: Graph, settings: Settings) -> None:
    """Ming has a record in three systems and three orders, Hua one record and no order; they share an email."""
    await put(graph, settings, [_ming_tmall(), _ming_wechat(), _ming_pos(), _hua()], _ming_orders())


async def put_crowd(graph: Graph, settings: Settings, persons: int, orders_each: int) -> None:
    """As many customers, each with a phone of their own, one record and that many orders."""
    customers = [customer(f"crowd-{number:04d}", f"139{number:08d}") for number in range(persons)]
    orders = [
        order(f"{number}-{index}", RecordKey("pos", f"crowd-{number:04d}"), NOON_MS + index * DAY_MS, 100)
        for number in range(persons)
        for index in range(orders_each)
    ]
    await put(graph, settings, customers, orders)


def customer(external_id: str, phone: str, observed_ms: int = NOON_MS) -> CustomerEvent:
    """A customer of the tills with a phone."""
    return CustomerEvent(RecordKey("pos", external_id), observed_ms, (RawIdentifier("phone", "", phone),))


def order(order_id: str, buyer: RecordKey, placed_ms: int, amount_fen: int, status: str = "received") -> OrderEvent:
    """An order of one line."""
    line = OrderLine("1", "SKU-1", "绿茶 500ml", 2, amount_fen)
    return OrderEvent(buyer.system, order_id, buyer.external_id, placed_ms, status, amount_fen, "S01", NOON_MS, (line,))


def _ming_tmall() -> CustomerEvent:
    identifiers = (RawIdentifier("ouid", "flagship", "AAHouid001"), RawIdentifier("phone", "", MING_PHONE))
    return CustomerEvent(MING_TMALL, NOON_MS, identifiers, {"name": "张小明", "city": "杭州"})


def _ming_wechat() -> CustomerEvent:
    identifiers = (
        RawIdentifier("openid", "wx1", "oOpenid0000001"),
        RawIdentifier("unionid", "acc1", "uUnion0000001"),
        RawIdentifier("phone", "", "+86 138-0000-0001"),
        RawIdentifier("email", "", "family@example.com"),
    )
    return CustomerEvent(MING_WECHAT, NOON_MS + DAY_MS, identifiers, {"name": "小明"})


def _ming_pos() -> CustomerEvent:
    identifiers = (RawIdentifier("card", "pos", "C0001"), RawIdentifier("phone", "", "138 0000 0001"))
    return CustomerEvent(MING_POS, NOON_MS, identifiers, {"gender": "male"})


def _hua() -> CustomerEvent:
    identifiers = (RawIdentifier("phone", "", HUA_PHONE), RawIdentifier("email", "", "family@example.com"))
    return CustomerEvent(HUA_POS, NOON_MS, identifiers, {"name": "李华"})


def _ming_orders() -> list[OrderEvent]:
    return [
        order("T1", MING_TMALL, NOON_MS, 12_345),
        order("W1", MING_WECHAT, NOON_MS + DAY_MS, 5_000_000_000),
        order("P1", MING_POS, NOON_MS + 2 * DAY_MS, 999, "refunded"),
    ]
