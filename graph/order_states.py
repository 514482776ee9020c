"""Orders as stored, for those who change them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from graph.database import Transaction
from graph.statement import Statement
from hub.core.course import Course, Exchange, Reached, Refund, StatedExchange, StatedRefund
from hub.core.model import OrderHeader, OrderLine, OrderState, RecordKey, StatedLine

_FETCH: Final = Statement(
    "order_states.fetch",
    "read",
    """
    UNWIND $keys AS key
    MATCH (o:Order {key: key})
    RETURN o.system AS system, o.order_id AS order_id, o.header AS header, o.lines AS lines
    """,
)
_LOCK: Final = Statement(
    "order_states.lock", "write", "UNWIND $keys AS key MATCH (o:Order {key: key}) SET o.revision = o.revision + 1"
)
_NEW: Final = """(o:Order {key: row[0], system: row[1], order_id: row[2], placed_ms: row[3], status: row[4],
                     amount_fen: row[5], store: row[6], header: row[7], lines: row[8], refunded_fen: row[10],
                     unsettled_ms: row[11], marked_ms: CASE WHEN row[11] IS NULL THEN null ELSE $now_ms END,
                     paid_ms: row[12], revision: 0})"""
# A buyer is looked up once for all of their orders: that, and writing each order with its relationship, takes a third
# less of the server than row by row.
_CREATE: Final = Statement(
    "order_states.create",
    "write",
    """
    UNWIND $buyers AS buyer
    MATCH (r:Record {key: buyer[0]})
    UNWIND buyer[1] AS row
    CREATE """
    + _NEW
    + """-[:PLACED_BY]->(r)
    RETURN DISTINCT buyer[0] AS buyer
    """,
)
_CREATE_GUESTS: Final = Statement("order_states.create_guests", "write", "UNWIND $rows AS row CREATE " + _NEW)
_UPDATE: Final = Statement(
    "order_states.update",
    "write",
    """
    UNWIND $rows AS row
    MATCH (o:Order {key: row[0]})
    OPTIONAL MATCH (o)-[old:PLACED_BY]->(:Record)
    DELETE old
    SET o.placed_ms = row[3], o.status = row[4], o.amount_fen = row[5], o.store = row[6], o.header = row[7],
        o.lines = row[8], o.refunded_fen = row[10], o.unsettled_ms = row[3], o.marked_ms = $now_ms, o.paid_ms = row[12]
    WITH o, row WHERE row[9] IS NOT NULL
    MATCH (r:Record {key: row[9]})
    CREATE (o)-[:PLACED_BY]->(r)
    RETURN count(*) AS placed
    """,
)
_PLACE: Final = Statement(
    "order_states.place",
    "write",
    """
    UNWIND $rows AS row
    MATCH (o:Order {key: row[0]}) WHERE NOT EXISTS { (o)-[:PLACED_BY]->(:Record) }
    MATCH (r:Record {key: row[1]})
    CREATE (o)-[:PLACED_BY]->(r)
    """,
)
_PLAIN_FIELDS: Final = 5


class PreparedOrder(NamedTuple):
    """An order as the row that the statements take of it: plain values, cheap to hand to another process.

    `row[11]` marks it as one whose points are to be settled: by when it was placed; null for a guest's.
    """

    row: list[Any]
    customer: str | None

    @property
    def key(self) -> str:
        """What the graph finds it by."""
        return str(self.row[0])

    @property
    def buyer(self) -> RecordKey | None:
        """The customer's record; None for a guest."""
        return None if self.customer is None else RecordKey(self.row[1], self.customer)

    @property
    def state(self) -> OrderState:
        """The order that the row was made of."""
        _, system, order_id, _, _, _, _, header, lines, *_ = self.row
        return OrderState(system, order_id, decode_header(header), decode_lines(lines))


async def fetch_orders(tx: Transaction, keys: Iterable[str]) -> dict[str, OrderState]:
    """Orders by key; unknown ones are left out."""
    orders = [
        OrderState(row["system"], row["order_id"], decode_header(row["header"]), decode_lines(row["lines"]))
        for row in await tx.run(_FETCH, keys=sorted(keys))
    ]
    return {order.key: order for order in orders}


async def lock_orders(tx: Transaction, keys: Iterable[str]) -> None:
    """Make other writers of these orders wait until this transaction ends."""
    await tx.run(_LOCK, keys=sorted(keys))


def prepare_order(state: OrderState, stage: str, paid_ms: int | None) -> PreparedOrder:
    """The order made ready to be stored, which costs more than storing it: do it before the transaction.

    Args:
        stage: where it stands.
        paid_ms: when it was paid in full, None where it was not.
    """
    return PreparedOrder([*_order_row(state, stage), paid_ms], state.header.customer and state.header.customer[0])


async def create_orders(tx: Transaction, orders: Iterable[PreparedOrder], *, now_ms: int) -> list[PreparedOrder]:
    """Create orders, marked as of now; gives those that were not, because their buyers' records are not there."""
    by_buyer: dict[str | None, list[PreparedOrder]] = defaultdict(list)
    for order in sorted(orders, key=itemgetter(0)):
        by_buyer[order.row[9]].append(order)
    if guests := by_buyer.pop(None, None):
        await tx.run(_CREATE_GUESTS, rows=[order.row for order in guests], now_ms=now_ms)
    if not by_buyer:
        return []
    buyers = [[buyer, [order.row for order in placed]] for buyer, placed in by_buyer.items()]
    for row in await tx.run(_CREATE, buyers=buyers, now_ms=now_ms):
        del by_buyer[row["buyer"]]
    return [order for left in by_buyer.values() for order in left]


async def update_orders(tx: Transaction, orders: Iterable[PreparedOrder], *, now_ms: int) -> int:
    """Replace orders that are there, marked as of now; gives how many have no buyer because its record is not there."""
    rows = sorted((order.row for order in orders), key=itemgetter(0))
    [done] = await tx.run(_UPDATE, rows=rows, now_ms=now_ms)
    return len([row for row in rows if row[9] is not None]) - int(done["placed"])


async def place_orders(tx: Transaction, orders: Iterable[PreparedOrder]) -> None:
    """Give those orders their buyers that have none yet; the records must be there by now."""
    await tx.run(_PLACE, rows=sorted([order.key, str(order.buyer)] for order in orders if order.buyer))


def encode_header(header: OrderHeader) -> str:
    """The stored text of a header: a JSON list of [value, stated at (ms)] in the order of its fields; null: never.

    The course comes last: the stages, then deposit, refunds and exchanges for the few orders that have any.
    """
    course = header.course
    more = [course.deposit_fen, course.refunds, course.exchanges]
    told = [course.reached, *more] if any(more) else [course.reached]
    fields = [header.placed_ms, header.status, header.customer, header.total_fen, header.store, told]
    return orjson.dumps(fields, default=tuple).decode()


def decode_header(text: str) -> OrderHeader:
    """The header behind `encode_header`. One from before courses were kept knows the stage where the order stood."""
    *fields, course = fields if len(fields := orjson.loads(text)) > _PLAIN_FIELDS else [*fields, None]
    placed, status, customer, total, store = [stated and tuple(stated) for stated in fields]
    return OrderHeader(placed, status, customer, total, store, _decode_course(course, status[0], placed[0]))


def _decode_course(told: list[Any] | None, status: str, placed_ms: int) -> Course:
    if told is None:
        return Course() if status == "created" else Course(reached=(Reached(status, placed_ms, 0, False),))
    reached = tuple(Reached(*one) for one in told[0])
    if len(told) == 1:
        return Course(reached=reached)
    _, deposit, refunds, exchanges = told
    return Course(
        deposit and tuple(deposit),
        reached,
        tuple(StatedRefund(observed_ms, Refund(*refund)) for observed_ms, refund in refunds),
        tuple(StatedExchange(observed_ms, Exchange(*exchange)) for observed_ms, exchange in exchanges),
    )


def encode_lines(lines: Iterable[StatedLine]) -> str:
    """The stored text of an order's lines: JSON rows of line id, sku, name, quantity, amount in fen, stated at (ms)."""
    return orjson.dumps([(*line, observed_ms) for observed_ms, line in lines]).decode()


def decode_lines(text: str) -> tuple[StatedLine, ...]:
    """The lines behind `encode_lines`."""
    return tuple(StatedLine(observed_ms, OrderLine(*line)) for *line, observed_ms in orjson.loads(text))


def _order_row(order: OrderState, stage: str) -> list[Any]:
    buyer = None if order.buyer is None else str(order.buyer)
    return [
        order.key,
        order.system,
        order.order_id,
        order.header.placed_ms[0],
        stage,
        order.amount_fen,
        order.header.store and order.header.store[0],
        encode_header(order.header),
        encode_lines(order.lines),
        buyer,
        order.refunded_fen or None,
        None if buyer is None else order.header.placed_ms[0],
    ]
