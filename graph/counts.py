"""How much there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from graph.database import Graph
from graph.statement import Statement

_COUNT: Final = Statement(
    "counts.count",
    "read",
    """
    RETURN COUNT { MATCH (p:Person) WHERE EXISTS { (p)<-[:OF]-(:Record) } } AS persons,
           COUNT { MATCH (r:Record) WHERE r.erased_ms IS NULL } AS records,
           COUNT { MATCH (:Order) } AS orders
    """,
)


@dataclass(frozen=True, slots=True)
class Counts:
    """Persons, records and orders in the graph."""

    persons: int
    records: int
    orders: int


async def fetch_counts(graph: Graph) -> Counts:
    """All counts at one moment."""
    (row,) = await graph.read(_COUNT)
    return Counts(**row)
