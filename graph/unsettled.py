"""Records whose component was too large to be decided on in a write: the background job's list of work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from graph.database import Graph, Transaction
from graph.statement import Statement

_MARK: Final = Statement(
    "unsettled.mark",
    "write",
    """
    UNWIND $keys AS key
    MERGE (u:Unsettled {key: key})
    ON CREATE SET u.since_ms = $now_ms, u.times = 0
    SET u.times = u.times + 1
    """,
)
_FETCH: Final = Statement(
    "unsettled.fetch",
    "read",
    "MATCH (u:Unsettled) RETURN u.key AS key, u.times AS times ORDER BY u.since_ms, u.key LIMIT $limit",
)
_COUNT: Final = Statement("unsettled.count", "read", "RETURN COUNT { MATCH (:Unsettled) } AS waiting")
_CLEAR: Final = Statement(
    "unsettled.clear",
    "write",
    """
    UNWIND $rows AS row
    MATCH (u:Unsettled {key: row[0]})
    WHERE u.times = row[1]
    DELETE u
    """,
)


async def mark(tx: Transaction, records: Iterable[str], *, now_ms: int) -> None:
    """Have these records' components decided on later."""
    await tx.run(_MARK, keys=sorted(records), now_ms=now_ms)


async def fetch_unsettled(graph: Graph, *, limit: int = 1000) -> dict[str, int]:
    """Record keys with how often each was marked, those that wait longest first."""
    return {row["key"]: row["times"] for row in await graph.read(_FETCH, limit=limit)}


async def count_unsettled(graph: Graph) -> int:
    """How many records wait."""
    (row,) = await graph.read(_COUNT)
    return int(row["waiting"])


async def clear(tx: Transaction, settled: dict[str, int]) -> None:
    """Take these off the list, unless they were marked again since they were read."""
    await tx.run(_CLEAR, rows=[[key, times] for key, times in sorted(settled.items())])
