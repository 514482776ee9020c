"""Cases on records that are alike: those that are open, those that asked about two persons before, their scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from neo4j import Record

from graph.cases import decode_sides
from graph.changes import draw_key, mark_case
from graph.database import Graph, Transaction
from graph.reading import Reader, read_rows
from graph.statement import Statement

_FETCH_OPEN: Final = Statement(
    "similar_cases.fetch_open",
    "read",
    """
    MATCH (c:Case {state: 'open'})
    WHERE c.kind = 'weak_similarity' AND c.id > $after
    WITH c ORDER BY c.id LIMIT $limit
    RETURN c.id, c.key, c.kind, c.state, c.sides, c.score, c.waterfall
    """,
)
_FETCH_INVOLVING: Final = Statement(
    "similar_cases.fetch_involving",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Record {key: key})<-[:INVOLVES]-(c:Case)
    WHERE c.state = 'open' OR (c.state = 'answered' AND c.kind = 'weak_similarity')
    RETURN DISTINCT c.id, c.key, c.kind, c.state, c.sides, c.score, c.waterfall
    """,
)
# A steward may have answered it meanwhile: written first, because Neo4j takes the lock with the first write.
_RESCORE: Final = Statement(
    "similar_cases.rescore",
    "write",
    """
    UNWIND $rows AS row
    MATCH (c:Case {id: row[0]})
    SET c.revision = c.revision + 1
    WITH c, row WHERE c.state = 'open'
    SET c.score = row[1], c.waterfall = row[2], c.updated_ms = $now_ms
    """
    + mark_case("row[3]")
    + """
    RETURN c.id AS id
    """,
)
_FETCH_WITHDRAWN: Final = Statement(
    "similar_cases.fetch_withdrawn",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Record {key: key})<-[:ON]-(d:Decision)
    WHERE d.kind = 'must_link' AND d.withdrawn_ms IS NOT NULL
    RETURN DISTINCT d.left, d.right
    """,
)
_LOCK_OPEN: Final = Statement(
    "similar_cases.lock_open",
    "write",
    """
    UNWIND $ids AS id
    MATCH (c:Case {id: id})
    SET c.revision = c.revision + 1
    WITH c WHERE c.state = 'open'
    RETURN c.key AS key
    """,
)


class SimilarCase(NamedTuple):
    """A case that asks, or asked, whether records on its sides are one customer; `waterfall` as stored."""

    id: str
    key: str
    kind: str
    state: str
    sides: tuple[tuple[str, ...], ...]
    score: float | None
    waterfall: str | None


async def fetch_open(graph: Graph, *, after: str, limit: int) -> list[SimilarCase]:
    """The next open cases on weak similarity behind an id, by id."""
    return _cases(await graph.read(_FETCH_OPEN, after=after, limit=limit))


async def fetch_involving(reader: Reader, records: Collection[str]) -> list[SimilarCase]:
    """Open cases of any kind that involve one of these records, and answered ones on weak similarity; by id."""
    return _cases(await read_rows(reader, _FETCH_INVOLVING, keys=sorted(records)))


async def fetch_withdrawn_links(reader: Reader, records: Collection[str]) -> set[tuple[str, str]]:
    """The pairs, smaller key first, that somebody took to be one customer and no longer does."""
    return {(row[0], row[1]) for row in await read_rows(reader, _FETCH_WITHDRAWN, keys=sorted(records))}


async def rescore(tx: Transaction, scores: Iterable[tuple[str, float, str]], *, now_ms: int) -> int:
    """Store other scores with their waterfalls on cases, by id, that are still open; how many were."""
    rows = [[*one, draw_key()] for one in sorted(scores)]
    return len(await tx.run(_RESCORE, rows=rows, now_ms=now_ms)) if rows else 0


async def lock_open(tx: Transaction, ids: Collection[str]) -> list[str]:
    """Make other writers of these cases wait until this transaction ends; the keys of those that are open."""
    return sorted(row["key"] for row in await tx.run(_LOCK_OPEN, ids=sorted(ids))) if ids else []


def _cases(rows: Iterable[Record]) -> list[SimilarCase]:
    cases = (
        SimilarCase(case_id, key, kind, state, decode_sides(sides), score, waterfall)
        for case_id, key, kind, state, sides, score, waterfall in rows
    )
    return sorted(cases, key=lambda case: case.id)
