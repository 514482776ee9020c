"""Orders as they are asked for: a person's newest first, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, NamedTuple

from graph.database import Graph
from graph.order_states import decode_lines
from graph.reading import read_list
from graph.statement import Statement
from hub.core.model import OrderLine, RecordKey

NOT_SPENT: Final = ("closed", "refunded")
"""Statuses whose orders do not count as spent: nothing was paid, or it was paid back."""

SHOWN: Final = """
    o.key, o.system, o.order_id, o.placed_ms, o.status, o.amount_fen, o.store, o.lines, r.system, r.external_id
"""
"""What a statement returns of an order `o` that a record `r` placed, for `read_order`."""


def _fetch_pages(name: LiteralString, beyond: LiteralString, order: LiteralString) -> Statement:
    """Read pages of orders `o`; a subquery for each would take ArcadeDB twice as long."""
    return Statement(
        name,
        "read",
        """
    UNWIND $rows AS row
    MATCH (:Person {id: row[1]})<-[:OF]-(r:Record)<-[:PLACED_BY]-(o:Order)
    WHERE row[2] IS NULL OR """
        + beyond
        + """
    WITH row[0] AS page, o, r ORDER BY """
        + order
        + """
    WITH page, collect([o, r]) AS found
    UNWIND found[0..$limit] AS one
    WITH page, one[0] AS o, one[1] AS r
    RETURN collect([page, """
        + SHOWN
        + "])",
    )


_FETCH_PAGES: Final = _fetch_pages(
    "orders.fetch_pages",
    "o.placed_ms < row[2] OR (o.placed_ms = row[2] AND o.key < row[3])",
    "o.placed_ms DESC, o.key DESC",
)
_FETCH_PAGES_BACKWARD: Final = _fetch_pages(
    "orders.fetch_pages_backward",
    "o.placed_ms > row[2] OR (o.placed_ms = row[2] AND o.key > row[3])",
    "o.placed_ms, o.key",
)
_FETCH: Final = Statement(
    "orders.fetch",
    "read",
    """
    UNWIND $keys AS key
    MATCH (o:Order {key: key})-[:PLACED_BY]->(r:Record)
    RETURN collect(["""
    + SHOWN
    + "])",
)
_FETCH_TOTALS: Final = Statement(
    "orders.fetch_totals",
    "read",
    """
    UNWIND $ids AS id
    MATCH (:Person {id: id})<-[:OF]-(:Record)<-[:PLACED_BY]-(o:Order)
    RETURN id, count(o) AS orders,
           sum(CASE WHEN o.status IN $not_spent THEN 0 ELSE o.amount_fen - coalesce(o.refunded_fen, 0) END) AS spent_fen
    """,
)


@dataclass(frozen=True, slots=True)
class PageStart:
    """Where a page of orders begins: next to the order that this names."""

    placed_ms: int
    key: str


class PlacedOrder(NamedTuple):
    """An order with the record that placed it; `stored_lines` as they are stored."""

    key: str
    system: str
    order_id: str
    placed_ms: int
    status: str
    amount_fen: int
    store: str | None
    stored_lines: str
    record: RecordKey

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        """What was bought."""
        return tuple(one.line for one in decode_lines(self.stored_lines))


@dataclass(frozen=True, slots=True)
class Totals:
    """All of a person's orders, and what those that are neither closed nor refunded add up to, net of refunds."""

    orders: int = 0
    spent_fen: int = 0


async def fetch_pages(
    graph: Graph, starts: Sequence[tuple[str, PageStart | None]], *, limit: int, backward: bool = False
) -> list[list[PlacedOrder]]:
    """A page for each (person id, start), in the given order, newest order first. One statement for all of them.

    `backward`: the orders just newer than the start, or the oldest, instead of those just older, or the newest.
    """
    rows = [
        [page, person, start and start.placed_ms, start and start.key] for page, (person, start) in enumerate(starts)
    ]
    pages: list[list[PlacedOrder]] = [[] for _ in starts]
    for number, *row in await read_list(
        graph, _FETCH_PAGES_BACKWARD if backward else _FETCH_PAGES, rows=rows, limit=limit
    ):
        pages[number].append(read_order(row))
    for page in pages:
        # Nobody promises the order in which they are unwound.
        page.sort(key=lambda order: (order.placed_ms, order.key), reverse=True)
    return pages


async def fetch(graph: Graph, keys: Iterable[str]) -> dict[str, PlacedOrder]:
    """Orders by key; those that nobody known placed are left out. One statement for all of them."""
    found = map(read_order, await read_list(graph, _FETCH, keys=list(keys)))
    return {order.key: order for order in found}


async def fetch_totals(graph: Graph, ids: Iterable[str]) -> dict[str, Totals]:
    """Totals by person id; persons without orders are left out. One statement for all of them."""
    rows = await graph.read(_FETCH_TOTALS, ids=list(ids), not_spent=list(NOT_SPENT))
    return {row["id"]: Totals(row["orders"], row["spent_fen"]) for row in rows}


def read_order(row: Iterable[Any]) -> PlacedOrder:
    """The order of a row."""
    key, system, order_id, placed_ms, status, amount_fen, store, lines, record_system, external_id = row
    record = RecordKey(record_system, external_id)
    return PlacedOrder(key, system, order_id, placed_ms, status, amount_fen, store, lines, record)
