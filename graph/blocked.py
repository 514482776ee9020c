"""Which identifiers are nobody's own: a mark that follows the policy, and is set anew where the policy changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from graph.database import Graph, Transaction
from graph.statement import Statement

_FIND_PAGE_BOUND: Final = Statement(
    "blocked.find_page_bound",
    "read",
    """
    MATCH (i:Identifier) WHERE i.key > $after AND i.type IN $types
    WITH i.key AS key LIMIT $limit
    RETURN max(key) AS bound
    """,
)
_FETCH_PAGE: Final = Statement(
    "blocked.fetch_page",
    "read",
    """
    MATCH (i:Identifier) WHERE i.key > $after AND i.key <= $bound AND i.type IN $types
    RETURN i.key AS key, i.type AS type, i.scope AS scope, i.sealed AS sealed, i.blocked AS blocked
    ORDER BY key LIMIT $limit
    """,
)
_MARK: Final = Statement(
    "blocked.mark",
    "write",
    "UNWIND $rows AS row MATCH (i:Identifier {key: row[0]}) SET i.blocked = row[1], i.revision = i.revision + 1",
)


@dataclass(frozen=True, slots=True)
class SealedIdentifier:
    """An identifier with its encrypted value and its mark."""

    key: str
    type: str
    scope: str
    sealed: str | None
    blocked: bool


async def fetch_page(graph: Graph, types: Collection[str], *, after: str, limit: int) -> list[SealedIdentifier]:
    """The next identifiers of these types behind a key, by key; empty at the end of all."""
    [found] = await graph.read(_FIND_PAGE_BOUND, types=sorted(types), after=after, limit=limit)
    if found["bound"] is None:
        return []
    rows = await graph.read(_FETCH_PAGE, types=sorted(types), after=after, bound=found["bound"], limit=limit)
    return [SealedIdentifier(**row) for row in rows]


async def mark_blocked(tx: Transaction, marks: Iterable[tuple[str, bool]]) -> None:
    """Set these identifiers' marks."""
    rows: Sequence[list[object]] = [[key, blocked] for key, blocked in sorted(marks)]
    if rows:
        await tx.run(_MARK, rows=rows)
