"""The orders that count towards a tier from an instant on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from graph.membership import COUNTS, COUNTS_FROM, name_counting
from graph.orders import SHOWN, PlacedOrder, read_order
from graph.reading import Reader, read_list
from graph.statement import Statement

_FETCH: Final = Statement(
    "counted_orders.fetch",
    "read",
    """
    UNWIND $rows AS row
    MATCH (:Person {id: row[0]})<-[:OF]-(r:Record)<-[:PLACED_BY]-(o:Order)
    WHERE """
    + COUNTS_FROM
    + " IN row[1] AND "
    + COUNTS
    + " RETURN collect([row[0], "
    + COUNTS_FROM
    + ", "
    + SHOWN
    + "])",
)


class CountedFrom(NamedTuple):
    """A person, and the instant from which on orders of theirs count."""

    person: str
    at_ms: int


async def fetch_counted(reader: Reader, asked: Iterable[CountedFrom]) -> dict[CountedFrom, list[PlacedOrder]]:
    """The orders of persons that count from instants on, by key; one statement for all of them."""
    instants = defaultdict[str, list[int]](list)
    for person, at_ms in asked:
        instants[person].append(at_ms)
    found = defaultdict[CountedFrom, list[PlacedOrder]](list)
    for person, at_ms, *row in await read_list(reader, _FETCH, rows=list(instants.items()), **name_counting()):
        found[CountedFrom(person, at_ms)].append(read_order(row))
    return {one: sorted(orders, key=lambda order: order.key) for one, orders in found.items()}
