"""The whole partition, page by page: who every live record belongs to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from neo4j import Record

from graph.component import find_page_bound
from graph.database import Graph
from graph.statement import Statement

_FETCH_PAGE: Final = Statement(
    "export.fetch_page",
    "read",
    """
    MATCH (r:Record) WHERE r.key > $after AND r.key <= $bound AND r.erased_ms IS NULL
    WITH r ORDER BY r.key LIMIT $limit
    MATCH (r)-[:OF]->(p:Person)
    RETURN r.key AS key, p.id AS person_id, r.system AS system, r.external_id AS external_id
    ORDER BY key
    """,
)


async def stream_memberships(graph: Graph, *, page: int = 5000) -> AsyncIterator[tuple[str, str, str]]:
    """(person id, system, external id) of every record, in the order of (system, external id)'s key.

    A page at a time: records that arrive meanwhile may or may not be among them.
    """
    after = ""
    while rows := await _fetch_page(graph, after, page):
        for row in rows:
            yield row["person_id"], row["system"], row["external_id"]
        after = rows[-1]["key"]


async def _fetch_page(graph: Graph, after: str, limit: int) -> list[Record]:
    bound = await find_page_bound(graph, after=after, limit=limit)
    return [] if bound is None else await graph.read(_FETCH_PAGE, after=after, bound=bound, limit=limit)
