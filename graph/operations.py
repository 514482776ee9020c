"""Operations of the ledger, as they were done for callers' keys."""

from __future__ import annotations

from typing import Final

from graph.database import Graph, Transaction
from graph.ledger_rows import read_operation
from graph.statement import Statement
from hub.core.ledger import Operation

_LOCK: Final = Statement(
    "operations.lock",
    "write",
    """
    OPTIONAL MATCH (original:Operation {key: $original})
    SET original.revision = coalesce(original.revision, 0) + 1
    WITH original
    OPTIONAL MATCH (done:Operation {key: $key})
    RETURN properties(original) AS original, properties(done) AS done
    """,
)
_USE: Final = Statement("operations.use", "write", "MATCH (o:Operation {key: $key}) SET o.used = o.used + $amount")
_FIND: Final = Statement("operations.find", "read", "MATCH (o:Operation {key: $key}) RETURN properties(o) AS operation")


async def lock(tx: Transaction, original: str, key: str) -> tuple[Operation | None, Operation | None]:
    """An earlier operation, locked, and what was done for the key of the one that refers to it."""
    [row] = await tx.run(_LOCK, original=original, key=key)
    first, done = (read_operation(row[name]) if row[name] else None for name in ("original", "done"))
    return first, done


async def use(tx: Transaction, key: str, amount: int) -> None:
    """Note that so much of an operation was refunded or captured."""
    await tx.run(_USE, key=key, amount=amount)


async def find(graph: Graph, key: str) -> Operation | None:
    """The operation under a key."""
    rows = await graph.read(_FIND, key=key)
    return read_operation(rows[0]["operation"]) if rows else None
