"""Records that were erased, as hashes of their keys: what was said of them until then must not come back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from graph.database import Transaction
from graph.statement import Statement

_FETCH: Final = Statement(
    "barred.fetch",
    "read",
    "UNWIND $keys AS key MATCH (b:Barred {key: key}) RETURN b.key AS key, b.until_ms AS until_ms",
)
_PUT: Final = Statement(
    "barred.put",
    "write",
    """
    UNWIND $rows AS row
    MERGE (b:Barred {key: row[0]})
    ON CREATE SET b.until_ms = row[1]
    ON MATCH SET b.until_ms = CASE WHEN b.until_ms < row[1] THEN row[1] ELSE b.until_ms END
    """,
)


async def fetch_barred(tx: Transaction, hashes: Collection[str]) -> dict[str, int]:
    """Until which instant (ms, itself included) facts about these records are refused; others are left out."""
    rows = await tx.run(_FETCH, keys=sorted(hashes))
    return {row["key"]: row["until_ms"] for row in rows}


async def put_barred(tx: Transaction, barred: Iterable[tuple[str, int]]) -> None:
    """Refuse facts about these records until an instant."""
    await tx.run(_PUT, rows=[[key, until_ms] for key, until_ms in sorted(barred)])
