"""Walking the stored persons page by page, for the check that they still follow from the evidence."""

from __future__ import annotations

from typing import Final

from graph.database import Graph
from graph.partition import Member
from graph.statement import Statement

_FETCH_PAGE: Final = Statement(
    "patrol.fetch_page",
    "read",
    """
    MATCH (p:Person)
    WHERE p.id > $after AND EXISTS { (p)<-[:OF]-(:Record) }
    WITH p ORDER BY p.id LIMIT $limit
    MATCH (p)<-[:OF]-(r:Record)
    RETURN p.id AS person, r.key AS record, r.birth_id AS birth_id,
           [(r)-[c:CLAIMS]->(i:Identifier) WHERE c.valid_to_ms IS NULL | [i.key, i.type]] AS claims
    """,
)
_FETCH_HOLDERS: Final = Statement(
    "patrol.fetch_holders",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[c:CLAIMS]-(:Record)-[:OF]->(p:Person)
    WHERE c.valid_to_ms IS NULL
    WITH key, count(DISTINCT p) AS persons WHERE persons > 1
    RETURN key
    """,
)


async def fetch_person_page(graph: Graph, *, after: str, limit: int) -> list[Member]:
    """The records of the next `limit` persons by id; empty at the end."""
    return [
        Member(row["record"], row["person"], row["birth_id"], tuple((key, kind) for key, kind in row["claims"]))
        for row in await graph.read(_FETCH_PAGE, after=after, limit=limit)
    ]


async def fetch_shared(graph: Graph, keys: list[str]) -> set[str]:
    """Which of these identifiers are held by more than one person."""
    return {row["key"] for row in await graph.read(_FETCH_HOLDERS, keys=keys)}
