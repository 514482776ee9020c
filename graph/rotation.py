"""Identifiers as they are rewritten when the identity key changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from graph.database import Graph, Transaction
from graph.statement import Statement

# What a rewritten identifier's new key sorts behind `after` again, and is passed over by the id of its key.
_FIND_PAGE_BOUND: Final = Statement(
    "rotation.find_page_bound",
    "read",
    """
    MATCH (i:Identifier)
    WHERE i.key > $after AND NOT coalesce(i.sealed, '') STARTS WITH $done
    WITH i.key AS key LIMIT $limit
    RETURN max(key) AS bound
    """,
)
_FETCH_PAGE: Final = Statement(
    "rotation.fetch_page",
    "read",
    """
    MATCH (i:Identifier)
    WHERE i.key > $after AND i.key <= $bound AND NOT coalesce(i.sealed, '') STARTS WITH $done
    RETURN i.key, i.type, i.scope, i.sealed
    ORDER BY i.key LIMIT $limit
    """,
)
_REWRITE: Final = Statement(
    "rotation.rewrite",
    "write",
    """
    UNWIND $rows AS row
    MATCH (i:Identifier {key: row[0]})
    SET i.key = row[1], i.sealed = row[2]
    WITH i, row WHERE i.cases > 0
    RETURN row[0], row[1]
    """,
)
_REWRITE_CASES: Final = Statement(
    "rotation.rewrite_cases",
    "write",
    """
    UNWIND $rows AS row
    MATCH (i:Identifier {key: row[1]})<-[:ABOUT]-(c:Case)
    WHERE c.key ENDS WITH row[0]
    SET c.key = replace(c.key, row[0], row[1])
    """,
)
_COUNT: Final = Statement(
    "rotation.count",
    "read",
    """
    MATCH (i:Identifier)
    WITH CASE WHEN coalesce(i.sealed, '') = '' THEN '' ELSE split(i.sealed, '.')[0] END AS key_id
    RETURN key_id, count(*) AS identifiers
    """,
)


class SealedIdentifier(NamedTuple):
    """An identifier as far as a rotation needs it.

    Attributes:
        sealed: None or empty where only its hash was kept.
    """

    key: str
    type: str
    scope: str
    sealed: str | None


class Rewritten(NamedTuple):
    """What becomes of an identifier."""

    old_key: str
    new_key: str
    sealed: str


async def count_by_key(graph: Graph) -> dict[str, int]:
    """How many identifiers are sealed with each key, by its id; empty: those whose value was never kept."""
    return {row["key_id"]: row["identifiers"] for row in await graph.read(_COUNT)}


async def fetch_page(graph: Graph, done: str, *, after: str, limit: int) -> list[SealedIdentifier]:
    """The next identifiers behind a key not sealed with the key of id `done`, sorted by key. Two statements."""
    # Bounded for the reason that `graph.persons.fetch_page` gives.
    begins = f"{done}."
    [found] = await graph.read(_FIND_PAGE_BOUND, after=after, done=begins, limit=limit)
    if found["bound"] is None:
        return []
    rows = await graph.read(_FETCH_PAGE, after=after, bound=found["bound"], done=begins, limit=limit)
    return [SealedIdentifier(*row) for row in rows]


async def rewrite(tx: Transaction, rewritten: Iterable[Rewritten]) -> None:
    """Give identifiers their new keys and sealed values; cases that hold the old key follow."""
    # Told by the locked identifiers: a steward may have a case opened after they were read.
    discussed = await tx.run(_REWRITE, rows=[list(row) for row in sorted(rewritten)])
    if discussed:
        await tx.run(_REWRITE_CASES, rows=[list(row) for row in discussed])
