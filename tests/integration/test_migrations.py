from __future__ import annotations

import asyncio
from typing import Final

import pytest
from neo4j.exceptions import Neo4jError

from graph.counting import count_statements
from graph.database import Graph, Transaction
from graph.migrations import Pending, check_migrated, fetch_pending, migrate, run
from graph.migrations.files import Migration, shipped
from graph.statement import Statement
from hub.core.errors import Conflict, InvariantBroken

pytestmark = pytest.mark.anyio

_SET: Final = Statement(
    "tests.set_migration",
    "write",
    "MERGE (m:Migration {number: $number}) SET m.checksum = $checksum, m.applied_ms = 1",
)
_FORGET: Final = Statement("tests.forget_migration", "write", "MATCH (m:Migration {number: $number}) DELETE m")
_LEASE: Final = Statement(
    "tests.lease", "read", "MATCH (l:MigrationLease) RETURN l.until_ms AS until_ms, l.holder AS holder"
)


async def set_migration(tx: Transaction, number: int, checksum: str) -> None:
    await tx.run(_SET, number=number, checksum=checksum)


async def forget_migration(tx: Transaction, number: int) -> None:
    await tx.run(_FORGET, number=number)


async def test_a_migrated_graph_has_nothing_pending(graph: Graph) -> None:
    await check_migrated(graph)

    assert await fetch_pending(graph) == []
    assert await migrate(graph) == []


async def test_many_processes_migrating_at_once_apply_each_migration_once(graph: Graph) -> None:
    await graph.write(forget_migration, 1)

    with pytest.raises(Conflict, match="hub migrate"):
        await check_migrated(graph)
    applied = await asyncio.gather(*(migrate(graph) for _ in range(4)))

    assert sorted(map(len, applied)) == [0, 0, 0, 1]
    assert await fetch_pending(graph) == []
    (lease,) = await graph.read(_LEASE)
    assert lease["until_ms"] == 0


@pytest.mark.parametrize(("renew_s", "renewals"), [(run._RENEW_S, 0), (-1.0, len(shipped()[0].statements))])
async def test_the_lease_is_renewed_where_a_migration_takes_its_time(
    graph: Graph, monkeypatch: pytest.MonkeyPatch, renew_s: float, renewals: int
) -> None:
    monkeypatch.setattr(run, "_RENEW_S", renew_s)
    await graph.write(forget_migration, 1)

    with count_statements() as counter:
        await migrate(graph)

    assert counter.by_name["migrations.take_lease"] == 1 + renewals


async def test_a_graph_ahead_of_the_code_is_refused(graph: Graph) -> None:
    ahead = len(shipped()) + 1
    await graph.write(set_migration, ahead, "x")

    with pytest.raises(Conflict, match="newer memberhub"):
        await check_migrated(graph)
    await graph.write(forget_migration, ahead)


async def test_an_edited_migration_is_noticed(graph: Graph) -> None:
    original = shipped()[0].checksum
    await graph.write(set_migration, 1, "another")

    with pytest.raises(InvariantBroken, match="edited"):
        await check_migrated(graph)
    await graph.write(set_migration, 1, original)


async def test_a_migration_that_died_in_the_middle_is_finished_by_the_next_run(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Statement("tests.made", "write", "MERGE (:Made {key: 'first'})")
    broken = Statement("tests.broken", "write", "THIS IS NOT CYPHER")
    number = len(shipped()) + 1

    def ship(*statements: Statement) -> None:
        extra = Migration(number, "half", "half", statements)
        monkeypatch.setattr(run, "shipped", lambda: (*shipped(), extra))

    ship(make, broken)
    with pytest.raises(Neo4jError):
        await migrate(graph)
    assert await fetch_pending(graph) == [Pending(number, "half")]

    ship(make, make)
    assert await migrate(graph) == [Pending(number, "half")]
    await graph.write(forget_migration, number)
