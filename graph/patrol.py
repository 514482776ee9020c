"""Walking the stored persons page by page, for the check that they still follow from the evidence."""

from __future__ import annotations

from typing import Final

from graph.database import Graph
from graph.partition import FETCH_MEMBERS, Member, read_members
from graph.persons import fetch_page
from graph.statement import Statement

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


async def fetch_person_page(graph: Graph, *, after: str, limit: int) -> tuple[list[Member], str | None]:
    """The records of the next `limit` persons by id, and the last id where more may follow."""
    ids = await fetch_page(graph, after=after, limit=limit)
    members = read_members(await graph.read(FETCH_MEMBERS, ids=ids)) if ids else []
    return members, ids[-1] if len(ids) == limit else None


async def fetch_shared(graph: Graph, keys: list[str]) -> set[str]:
    """Which of these identifiers are held by more than one person."""
    return {row["key"] for row in await graph.read(_FETCH_HOLDERS, keys=keys)}
