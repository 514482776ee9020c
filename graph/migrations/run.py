"""Bringing a graph up to the code's schema, and refusing one that is ahead of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from time import monotonic
from typing import Final

import structlog
from tenacity import AsyncRetrying, RetryError, retry_if_result, stop_after_delay, wait_random

from graph.database import Graph, Transaction
from graph.migrations.files import Migration, shipped
from graph.statement import Statement
from hub.core.clock import now_ms
from hub.core.errors import Conflict, InvariantBroken, Unavailable

_LEASE_MS: Final = 60_000
_RENEW_S: Final = 10.0
_WAIT_S: Final = 90

_BOOTSTRAP: Final = (
    Statement(
        "migrations.bootstrap_number",
        "write",
        "CREATE CONSTRAINT migration_number IF NOT EXISTS FOR (m:Migration) REQUIRE m.number IS UNIQUE",
    ),
    Statement(
        "migrations.bootstrap_lease",
        "write",
        "CREATE CONSTRAINT migration_lease_key IF NOT EXISTS FOR (l:MigrationLease) REQUIRE l.key IS UNIQUE",
    ),
)
_FETCH_APPLIED: Final = Statement(
    "migrations.fetch_applied",
    "read",
    "MATCH (m:Migration) WHERE m.applied_ms IS NOT NULL RETURN m.number AS number, m.checksum AS checksum",
)
_TAKE_LEASE: Final = Statement(
    "migrations.take_lease",
    "write",
    """
    MERGE (l:MigrationLease {key: 'migrations'})
    ON CREATE SET l.holder = '', l.until_ms = 0
    SET l.asked_by = $holder
    WITH l WHERE l.until_ms < $now_ms OR l.holder = $holder
    SET l.holder = $holder, l.until_ms = $until_ms
    RETURN l.holder AS holder
    """,
)
_DROP_LEASE: Final = Statement(
    "migrations.drop_lease", "write", "MATCH (l:MigrationLease {key: 'migrations', holder: $holder}) SET l.until_ms = 0"
)
_RECORD: Final = Statement(
    "migrations.record",
    "write",
    """
    MERGE (m:Migration {number: $number})
    SET m.name = $name, m.checksum = $checksum, m.applied_ms = $applied_ms
    """,
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A migration that the graph has not seen."""

    number: int
    name: str


async def fetch_pending(graph: Graph) -> list[Pending]:
    """What `migrate` would apply, in order.

    Raises:
        Conflict: the graph is ahead of this code.
        InvariantBroken: an applied migration's text has changed since.
    """
    return [Pending(migration.number, migration.name) for migration in await _fetch_missing(graph)]


async def check_migrated(graph: Graph) -> None:
    """Refuse to work on a graph whose schema is not the code's; raises Conflict with what to do."""
    pending = await fetch_pending(graph)
    if pending:
        raise Conflict(f"The graph lacks {len(pending)} migration(s): run `hub migrate`, then start again.")


async def migrate(graph: Graph) -> list[Pending]:
    """Apply what is missing; safe to run from many processes at once and after any crash. Returns what it applied.

    Raises:
        Conflict, InvariantBroken: as `fetch_pending`.
        Unavailable: another process holds the lease and does not finish.
    """
    if not await _fetch_missing(graph):
        return []
    for statement in _BOOTSTRAP:
        await graph.run_schema(statement)
    lease = _Lease(graph)
    await lease.take()
    try:
        missing = await _fetch_missing(graph)
        for migration in missing:
            await _apply(graph, migration, lease)
    finally:
        await lease.drop()
    return [Pending(migration.number, migration.name) for migration in missing]


async def _fetch_missing(graph: Graph) -> list[Migration]:
    known = {migration.number: migration for migration in shipped()}
    applied = {row["number"]: row["checksum"] for row in await graph.read(_FETCH_APPLIED)}
    if ahead := sorted(applied.keys() - known.keys()):
        raise Conflict(
            f"The graph was migrated by a newer memberhub (migration {ahead[-1]}; this one knows {len(known)}). "
            "Start the newer version, or restore a backup from before the upgrade."
        )
    for number, checksum in applied.items():
        if known[number].checksum != checksum:
            raise InvariantBroken(f"Migration {number} was edited after it was applied to this graph.")
    return [migration for number, migration in known.items() if number not in applied]


async def _apply(graph: Graph, migration: Migration, lease: _Lease) -> None:
    for statement in migration.statements:
        await graph.run_schema(statement)
        await lease.keep()
    await graph.write(_record, migration)
    structlog.get_logger(__name__).info("migration applied", number=migration.number, migration=migration.name)


class _Lease:
    """The right to change the schema, which one process has at a time."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._holder = secrets.token_hex(8)
        self._taken_s = 0.0

    async def take(self) -> None:
        """Wait for it, or renew it; raises Unavailable where another process keeps it."""
        attempts = AsyncRetrying(
            stop=stop_after_delay(_WAIT_S), wait=wait_random(0.1, 0.5), retry=retry_if_result(lambda taken: not taken)
        )
        self._taken_s = monotonic()
        try:
            await attempts(self._graph.write, _take_lease, self._holder)
        except RetryError:
            raise Unavailable("Another process is migrating the graph and has not finished.") from None

    async def keep(self) -> None:
        """Renew it if that is due: after each change of the schema Neo4j takes as long for it as for the change."""
        if monotonic() - self._taken_s > _RENEW_S:
            await self.take()

    async def drop(self) -> None:
        """Leave it to others."""
        await self._graph.write(_drop_lease, self._holder)


async def _take_lease(tx: Transaction, holder: str) -> bool:
    now = now_ms()
    return bool(await tx.run(_TAKE_LEASE, holder=holder, now_ms=now, until_ms=now + _LEASE_MS))


async def _drop_lease(tx: Transaction, holder: str) -> None:
    await tx.run(_DROP_LEASE, holder=holder)


async def _record(tx: Transaction, migration: Migration) -> None:
    await tx.run(
        _RECORD,
        number=migration.number,
        name=migration.name,
        checksum=migration.checksum,
        applied_ms=now_ms(),
    )
