"""What a graph remembers of the installation that fills it."""

from __future__ import annotations

from typing import Final

from graph.database import Graph, Transaction
from graph.statement import Statement

_FETCH: Final = Statement(
    "installation.fetch", "read", "MATCH (i:Installation {key: 'identity'}) RETURN i.fingerprint AS fingerprint"
)
_REMEMBER: Final = Statement(
    "installation.remember",
    "write",
    """
    MERGE (i:Installation {key: 'identity'})
    ON CREATE SET i.fingerprint = $fingerprint
    RETURN i.fingerprint AS fingerprint
    """,
)


async def remember_fingerprint(graph: Graph, fingerprint: str) -> str:
    """The fingerprint of the key that this graph's identifiers are stored with; the given one if it has none yet."""
    if rows := await graph.read(_FETCH):
        return str(rows[0]["fingerprint"])
    return await graph.write(_remember, fingerprint)


async def _remember(tx: Transaction, fingerprint: str) -> str:
    (row,) = await tx.run(_REMEMBER, fingerprint=fingerprint)
    return str(row["fingerprint"])
