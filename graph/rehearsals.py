"""Rehearsals as stored: what another policy would do, and how far its application has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from graph.database import Graph, Transaction
from graph.statement import Statement

_CREATE: Final = Statement(
    "rehearsals.create",
    "write",
    """
    CREATE (r:Rehearsal {id: $id, policy: $policy, base: $base, author: $author, created_ms: $created_ms,
                         evidence_hash: $evidence_hash, partition_hash: $partition_hash, report: $report,
                         state: 'ready', version: null, position: '', moved: 0, finished_ms: null, lock: 0})
    """,
)
_RETURNED: Final = """
    RETURN r.id AS id, r.policy AS policy, r.base AS base, r.author AS author, r.created_ms AS created_ms,
           r.evidence_hash AS evidence_hash, r.partition_hash AS partition_hash, r.report AS report,
           r.state AS state, r.version AS version, r.position AS position, r.moved AS moved,
           r.finished_ms AS finished_ms
    """
_FIND: Final = Statement("rehearsals.find", "read", "MATCH (r:Rehearsal {id: $id})" + _RETURNED)
_FETCH: Final = Statement(
    "rehearsals.fetch", "read", "MATCH (r:Rehearsal) WITH r ORDER BY r.id DESC LIMIT $limit" + _RETURNED
)
# Written before it is compared: Neo4j takes the lock with the first write, and a comparison without it may be stale.
_CHANGE_STATE: Final = Statement(
    "rehearsals.change_state",
    "write",
    """
    MATCH (r:Rehearsal {id: $id})
    SET r.lock = r.lock + 1
    WITH r WHERE r.state IN $expected
    SET r.state = $state, r.version = coalesce($version, r.version), r.finished_ms = $finished_ms
    RETURN r.id AS id
    """,
)
_ADVANCE: Final = Statement(
    "rehearsals.advance",
    "write",
    """
    MATCH (r:Rehearsal {id: $id})
    SET r.lock = r.lock + 1
    WITH r WHERE r.state = 'applying' AND r.position <= $position
    SET r.position = $position, r.moved = r.moved + $moved
    RETURN r.id AS id
    """,
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal.

    Attributes:
        policy: the document that was rehearsed.
        base: the version of the policy that was in force.
        evidence_hash, partition_hash: of what it was computed from, and of the partition that it gives.
        report: JSON, see `hub.services.rehearse.Report`.
        state: `ready`, `applying`, `applied` or `dropped`.
        version: under which its policy was published; None before it is applied.
        position: the last record that its application has dealt with.
        moved: records that it has moved.
    """

    id: str
    policy: str
    base: int
    author: str
    created_ms: int
    evidence_hash: str
    partition_hash: str
    report: str
    state: str = "ready"
    version: int | None = None
    position: str = ""
    moved: int = 0
    finished_ms: int | None = None


async def create_rehearsal(graph: Graph, rehearsal: Rehearsal) -> None:
    """Keep a rehearsal that is ready to be applied."""
    await graph.write(_create, rehearsal)


async def find_rehearsal(graph: Graph, rehearsal_id: str) -> Rehearsal | None:
    """The rehearsal of that id."""
    rows = await graph.read(_FIND, id=rehearsal_id)
    return Rehearsal(**rows[0]) if rows else None


async def fetch_rehearsals(graph: Graph, *, limit: int = 20) -> list[Rehearsal]:
    """The newest rehearsals first."""
    return [Rehearsal(**row) for row in await graph.read(_FETCH, limit=limit)]


async def change_state(
    tx: Transaction,
    rehearsal_id: str,
    state: str,
    *,
    expected: tuple[str, ...],
    version: int | None = None,
    finished_ms: int | None = None,
) -> bool:
    """Move on to a state; False where the rehearsal is in none of the expected ones."""
    rows = await tx.run(
        _CHANGE_STATE,
        id=rehearsal_id,
        state=state,
        expected=list(expected),
        version=version,
        finished_ms=finished_ms,
    )
    return bool(rows)


async def advance(tx: Transaction, rehearsal_id: str, *, position: str, moved: int) -> bool:
    """Note how far an application has come; False where it was stopped or is not running."""
    return bool(await tx.run(_ADVANCE, id=rehearsal_id, position=position, moved=moved))


async def _create(tx: Transaction, rehearsal: Rehearsal) -> None:
    values: dict[str, Any] = {
        name: getattr(rehearsal, name)
        for name in ("id", "policy", "base", "author", "created_ms", "evidence_hash", "partition_hash", "report")
    }
    await tx.run(_CREATE, **values)
