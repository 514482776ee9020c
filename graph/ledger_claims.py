"""What is read of operations and of orders to compare them with the entries of the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Final, NamedTuple

from graph.database import Graph
from graph.ledger_audit import UNREADABLE, bound_of, stream
from graph.ledger_rows import read_operation
from graph.order_points import decode_points
from graph.statement import Statement
from hub.core.ledger import Operation
from hub.core.order_points import OrderPoints

_BOUND_OPERATIONS: Final = bound_of("Operation")
_FETCH_OPERATIONS: Final = Statement(
    "ledger_claims.fetch_operations",
    "read",
    """
    MATCH (o:Operation) WHERE o.key > $after AND o.key <= $bound
    RETURN o.key AS key, properties(o) AS operation
    ORDER BY key LIMIT $limit
    """,
)
_BOUND_ORDERS: Final = bound_of("Order")
_FETCH_ORDERS: Final = Statement(
    "ledger_claims.fetch_orders",
    "read",
    """
    MATCH (o:Order) WHERE o.key > $after AND o.key <= $bound AND o.points IS NOT NULL
    RETURN o.key AS key, o.points AS points
    ORDER BY key LIMIT $limit
    """,
)
_FIND_STUCK: Final = Statement(
    "ledger_claims.find_stuck",
    "read",
    """
    MATCH (o:Order)
    WHERE o.unsettled_ms >= 0 AND o.unsettled_ms <= $before_ms AND coalesce(o.marked_ms, 0) <= $before_ms
    RETURN o.key AS key
    ORDER BY key LIMIT $limit
    """,
)


class StoredOperation(NamedTuple):
    """An operation; None where it cannot be read."""

    key: str
    operation: Operation | None


class StoredPoints(NamedTuple):
    """What is kept of an order's points by programme; None where it cannot be read."""

    order: str
    points: Mapping[str, OrderPoints] | None


async def stream_operations(graph: Graph) -> AsyncIterator[StoredOperation]:
    """All operations."""
    async for row in stream(graph, _BOUND_OPERATIONS, _FETCH_OPERATIONS):
        try:
            yield StoredOperation(row["key"], read_operation(row["operation"]))
        except UNREADABLE:
            yield StoredOperation(row["key"], None)


async def stream_points(graph: Graph) -> AsyncIterator[StoredPoints]:
    """The orders for which anything was posted or refused."""
    async for row in stream(graph, _BOUND_ORDERS, _FETCH_ORDERS):
        try:
            yield StoredPoints(row["key"], decode_points(row["points"]))
        except UNREADABLE:
            yield StoredPoints(row["key"], None)


async def find_stuck(graph: Graph, *, before_ms: int, limit: int) -> list[str]:
    """Orders that have waited to be settled since before an instant and are not set aside, by key."""
    return [row["key"] for row in await graph.read(_FIND_STUCK, before_ms=before_ms, limit=limit)]
