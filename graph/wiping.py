"""What the embedded graph's indexes still hold of erased keys, and how they are made anew. ArcadeDB only.

An index file keeps what was removed until it is rewritten. Dropping the constraint removes the file; a crash before it
is there again is mended by the next attempt, which comes before anybody else may write.
"""

from __future__ import annotations

from typing import Final

from graph.database import Graph, Transaction
from graph.statement import Statement

_FIND_UNWIPED: Final = Statement(
    "wiping.find_unwiped",
    "read",
    """
    MATCH (i:Installation {key: 'identity'})
    WHERE coalesce(i.erasures, 0) > coalesce(i.wiped, 0)
    RETURN i.erasures AS erasures
    """,
)
_MARK_WIPED: Final = Statement(
    "wiping.mark_wiped", "write", "MATCH (i:Installation {key: 'identity'}) SET i.wiped = $erasures"
)
_RENEW: Final = (
    Statement("wiping.drop_record_key", "write", "DROP CONSTRAINT record_key IF EXISTS"),
    Statement(
        "wiping.create_record_key",
        "write",
        "CREATE CONSTRAINT record_key IF NOT EXISTS FOR (r:Record) REQUIRE r.key IS UNIQUE",
    ),
    Statement("wiping.drop_identifier_key", "write", "DROP CONSTRAINT identifier_key IF EXISTS"),
    Statement(
        "wiping.create_identifier_key",
        "write",
        "CREATE CONSTRAINT identifier_key IF NOT EXISTS FOR (i:Identifier) REQUIRE i.key IS UNIQUE",
    ),
    Statement("wiping.drop_unsettled_key", "write", "DROP CONSTRAINT unsettled_key IF EXISTS"),
    Statement(
        "wiping.create_unsettled_key",
        "write",
        "CREATE CONSTRAINT unsettled_key IF NOT EXISTS FOR (u:Unsettled) REQUIRE u.key IS UNIQUE",
    ),
)


async def find_unwiped(graph: Graph) -> int | None:
    """How many erasures the graph has had, if its files were not wiped since the latest; else None."""
    rows = await graph.read(_FIND_UNWIPED)
    return int(rows[0]["erasures"]) if rows else None


async def renew_indexes(graph: Graph) -> None:
    """Make the indexes anew whose keys tell whom a record or an identifier was of; nobody else may be writing."""
    for statement in _RENEW:
        await graph.run_schema(statement)


async def mark_wiped(graph: Graph, erasures: int) -> None:
    """Remember that nothing is left of these erasures."""
    await graph.write(_mark, erasures)


async def _mark(tx: Transaction, erasures: int) -> None:
    await tx.run(_MARK_WIPED, erasures=erasures)
