"""Orders as stored, for those who change them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import orjson

from graph.database import Transaction
from graph.statement import Statement
from hub.core.model import OrderLine, OrderState, StatedLine

_FETCH: Final = Statement(
    "order_states.fetch",
    "read",
    """
    UNWIND $keys AS key
    MATCH (o:Order {key: key})
    RETURN o.system AS system, o.order_id AS order_id, o.external_id AS external_id,
           o.placed_ms AS placed_ms, o.status AS status, o.stated_fen AS stated_fen,
           o.store AS store, o.observed_ms AS observed_ms, o.lines AS lines
    """,
)
_LOCK: Final = Statement(
    "order_states.lock", "write", "UNWIND $keys AS key MATCH (o:Order {key: key}) SET o.revision = o.revision + 1"
)
_CREATE: Final = Statement(
    "order_states.create",
    "write",
    """
    UNWIND $rows AS row
    CREATE (o:Order {key: row[0], system: row[1], order_id: row[2], external_id: row[3], placed_ms: row[4],
                     status: row[5], amount_fen: row[6], stated_fen: row[7], store: row[8], observed_ms: row[9],
                     lines: row[10], revision: 0})
    WITH o, row WHERE row[11] IS NOT NULL
    MATCH (r:Record {key: row[11]})
    CREATE (o)-[:PLACED_BY]->(r)
    """,
)
_UPDATE: Final = Statement(
    "order_states.update",
    "write",
    """
    UNWIND $rows AS row
    MATCH (o:Order {key: row[0]})
    OPTIONAL MATCH (o)-[old:PLACED_BY]->(:Record)
    DELETE old
    SET o.external_id = row[3], o.placed_ms = row[4], o.status = row[5], o.amount_fen = row[6],
        o.stated_fen = row[7], o.store = row[8], o.observed_ms = row[9], o.lines = row[10]
    WITH o, row WHERE row[11] IS NOT NULL
    MATCH (r:Record {key: row[11]})
    CREATE (o)-[:PLACED_BY]->(r)
    """,
)


async def fetch_orders(tx: Transaction, keys: Iterable[str]) -> dict[str, OrderState]:
    """Orders by key; unknown ones are left out."""
    orders = [
        OrderState(**{**row.data(), "lines": decode_lines(row["lines"])})
        for row in await tx.run(_FETCH, keys=sorted(keys))
    ]
    return {order.key: order for order in orders}


async def lock_orders(tx: Transaction, keys: Iterable[str]) -> None:
    """Make other writers of these orders wait until this transaction ends."""
    await tx.run(_LOCK, keys=sorted(keys))


async def create_orders(tx: Transaction, orders: Iterable[OrderState]) -> None:
    """Create orders; their buyers' records must be there."""
    await tx.run(_CREATE, rows=[_order_row(order) for order in sorted(orders, key=_key_of)])


async def update_orders(tx: Transaction, orders: Iterable[OrderState]) -> None:
    """Replace orders that are there; their buyers' records must be there."""
    await tx.run(_UPDATE, rows=[_order_row(order) for order in sorted(orders, key=_key_of)])


def encode_lines(lines: Iterable[StatedLine]) -> str:
    """The stored text of an order's lines: JSON rows of line id, sku, name, quantity, amount in fen, stated at (ms)."""
    return orjson.dumps(
        [
            [one.line.line_id, one.line.sku, one.line.name, one.line.quantity, one.line.amount_fen, one.observed_ms]
            for one in lines
        ]
    ).decode()


def decode_lines(text: str) -> tuple[StatedLine, ...]:
    """The lines behind `encode_lines`."""
    return tuple(StatedLine(observed_ms, OrderLine(*line)) for *line, observed_ms in orjson.loads(text))


def _key_of(order: OrderState) -> str:
    return order.key


def _order_row(order: OrderState) -> list[object]:
    return [
        order.key,
        order.system,
        order.order_id,
        order.external_id,
        order.placed_ms,
        order.status,
        order.amount_fen,
        order.stated_fen,
        order.store,
        order.observed_ms,
        encode_lines(order.lines),
        None if order.buyer is None else str(order.buyer),
    ]
