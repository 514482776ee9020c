"""The whole content of a graph, to compare it with itself or with another, and to empty it."""

from __future__ import annotations

from typing import Any, Final

from graph.database import Graph, Transaction
from graph.statement import Statement

_EMPTY: Final = Statement(
    "tests.empty",
    "write",
    "MATCH (n) WHERE NOT n:Migration AND NOT n:MigrationLease WITH n LIMIT 5000 DETACH DELETE n RETURN count(n) AS n",
)
NODES: Final = Statement("tests.nodes", "read", "MATCH (n) RETURN labels(n) AS labels, properties(n) AS properties")
LINKS: Final = Statement(
    "tests.links",
    "read",
    """
    MATCH (a)-[l]->(b)
    RETURN type(l) AS type, properties(l) AS properties, labels(a) AS from, coalesce(a.key, a.id) AS source,
           labels(b) AS to, coalesce(b.key, b.id) AS target
    """,
)
_PARTITION: Final = Statement(
    "tests.partition", "read", "MATCH (p:Person)<-[:OF]-(r:Record) RETURN p.id AS person, collect(r.key) AS records"
)
_LIVE: Final = Statement(
    "tests.live",
    "read",
    """
    MATCH (r:Record)-[c:CLAIMS]->(i:Identifier) WHERE c.valid_to_ms IS NULL
    RETURN r.key AS record, i.key AS identifier
    """,
)


async def empty(graph: Graph) -> None:
    """Remove all data; the schema stays."""
    while await graph.write(_remove_some):
        pass


async def _remove_some(tx: Transaction) -> int:
    (row,) = await tx.run(_EMPTY)
    return int(row["n"])


async def read_everything(graph: Graph) -> list[str]:
    """Every node and relationship with every property, as sorted text: equal exactly when the graphs are equal."""
    rows = [*await graph.read(NODES), *await graph.read(LINKS)]
    return sorted(as_text(row.data()) for row in rows)


async def read_all_but_imports(graph: Graph) -> list[str]:
    """The same without the imports themselves: these know that a file was received once more."""
    return [line for line in await read_everything(graph) if "'Import'" not in line]


async def read_partition(graph: Graph) -> set[frozenset[str]]:
    """The persons as sets of record keys."""
    return {frozenset(row["records"]) for row in await graph.read(_PARTITION)}


async def read_live_claims(graph: Graph) -> set[tuple[str, str]]:
    """(record key, identifier key) of every live claim."""
    return {(row["record"], row["identifier"]) for row in await graph.read(_LIVE)}


def as_text(value: Any) -> str:
    """The same text for equal values, whatever the order of their keys."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_text(value[key])}" for key in sorted(value)) + "}"
    return repr(value)
