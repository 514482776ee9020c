"""How far each file has been imported, kept with the data so that both are committed together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from graph.database import Graph, Transaction
from graph.statement import Statement

_BEGIN: Final = Statement(
    "imports.begin",
    "write",
    """
    MERGE (i:Import {key: $key})
    ON CREATE SET i.system = $system, i.file = $file, i.begun_ms = $now_ms, i.position = 0, i.accepted = 0,
                  i.rejected = 0, i.rejects_offset = 0, i.complete = false
    RETURN i.begun_ms AS begun_ms, i.position AS position, i.accepted AS accepted, i.rejected AS rejected,
           i.rejects_offset AS rejects_offset, i.complete AS complete, i.observed_ms AS observed_ms
    """,
)
_RESTART: Final = Statement(
    "imports.restart",
    "write",
    """
    MATCH (i:Import {key: $key})
    SET i.position = 0, i.accepted = 0, i.rejected = 0, i.rejects_offset = 0, i.complete = false
    RETURN i.begun_ms AS begun_ms, i.observed_ms AS observed_ms
    """,
)
# Written before it is compared: Neo4j takes the lock with the first write, and a comparison without it may be stale.
_ADVANCE: Final = Statement(
    "imports.advance",
    "write",
    """
    MATCH (i:Import {key: $key})
    SET i.lock = true
    REMOVE i.lock
    WITH i WHERE i.position = $expected
    SET i.position = $position, i.accepted = $accepted, i.rejected = $rejected, i.rejects_offset = $rejects_offset,
        i.complete = $complete, i.observed_ms = $observed_ms, i.received_ms = $now_ms,
        i.watermark_ms = CASE WHEN $complete THEN $observed_ms ELSE i.watermark_ms END
    RETURN i.key AS key
    """,
)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """Where an import stands.

    Attributes:
        begun_ms: when the file was first seen; stands in for an observation time that its rows do not carry.
        position: rows of the file that are done.
        rejects_offset: bytes of the rejects file that belong to the rows done.
        observed_ms: the newest instant that a row spoke of; None while none did.
    """

    begun_ms: int
    position: int = 0
    accepted: int = 0
    rejected: int = 0
    rejects_offset: int = 0
    complete: bool = False
    observed_ms: int | None = None


async def begin_import(graph: Graph, key: str, *, system: str, file: str, now_ms: int) -> ImportProgress:
    """Where the import of this file stands; a new one stands at its beginning."""
    return await graph.write(_begin, key, system, file, now_ms)


async def restart_import(graph: Graph, key: str) -> ImportProgress:
    """Begin again with a file that was begun before; the instant of its first sight stays."""
    return await graph.write(_restart, key)


async def advance_import(
    tx: Transaction, key: str, before: ImportProgress, after: ImportProgress, *, now_ms: int
) -> bool:
    """Move on in the transaction that stores the rows; False where another process has moved on meanwhile."""
    rows = await tx.run(
        _ADVANCE,
        key=key,
        expected=before.position,
        position=after.position,
        accepted=after.accepted,
        rejected=after.rejected,
        rejects_offset=after.rejects_offset,
        complete=after.complete,
        observed_ms=after.observed_ms,
        now_ms=now_ms,
    )
    return bool(rows)


async def _begin(tx: Transaction, key: str, system: str, file: str, now_ms: int) -> ImportProgress:
    (row,) = await tx.run(_BEGIN, key=key, system=system, file=file, now_ms=now_ms)
    return ImportProgress(**row)


async def _restart(tx: Transaction, key: str) -> ImportProgress:
    (row,) = await tx.run(_RESTART, key=key)
    return ImportProgress(row["begun_ms"], observed_ms=row["observed_ms"])
