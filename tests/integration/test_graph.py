from __future__ import annotations

import asyncio
import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Final

import pytest
from pydantic import SecretStr

import graph as graph_package
from graph.database import Graph, Transaction, count_statements
from graph.migrations.files import shipped
from graph.statement import Statement
from hub.core.errors import InvalidInput, InvalidSettings, NotFound, Unavailable
from hub.core.settings import Settings
from hub.embedded.ports import choose_port

pytestmark = pytest.mark.anyio

_ENDS_AT_A_KEY: Final = re.compile(r"MATCH \(\w*:\w+\)[-<][^{\n]*\(\w*(?::\w+)? ?\{")
_ENDS_AT_WHAT_IS_FOUND: Final = re.compile(r"(?:EXISTS|COUNT) \{ (?:MATCH )?\(\w*:\w+\)[-<][^{}\n]*\([a-z]+\)")
_RANGE_OF_A_ROW: Final = re.compile(r"MATCH \(\w*:\w+\)\s+WHERE [^{}]*?\w\.\w+ [<>]=? row\b")
_UNIQUE: Final = Statement(
    "tests.unique", "write", "CREATE CONSTRAINT tests_counter IF NOT EXISTS FOR (n:Counter) REQUIRE n.key IS UNIQUE"
)
_ADD: Final = Statement("tests.add", "write", "MERGE (n:Counter {key: $key}) SET n.value = coalesce(n.value, 0) + 1")
_CREATE: Final = Statement("tests.create", "write", "CREATE (:Person {id: $id, revision: 0})")
_VALUE: Final = Statement("tests.value", "read", "MATCH (n:Counter {key: $key}) RETURN n.value AS value")
_PERSONS: Final = Statement("tests.persons", "read", "MATCH (p:Person {id: $id}) RETURN count(p) AS n")


async def add(tx: Transaction, key: str) -> None:
    await tx.run(_ADD, key=key)


async def create(tx: Transaction, identifier: str) -> None:
    await tx.run(_CREATE, id=identifier)


def all_statements() -> Iterator[Statement]:
    """Every statement of the package, migrations included."""
    for module in pkgutil.walk_packages(graph_package.__path__, "graph."):
        for value in vars(importlib.import_module(module.name)).values():
            found = value if isinstance(value, tuple) else (value,)
            yield from (one for one in found if isinstance(one, Statement))


def test_statement_names_are_unique() -> None:
    names = [statement.name for statement in {id(one): one for one in all_statements()}.values()]

    assert len(names) == len(set(names))
    assert len(names) > 25


def test_no_pattern_ends_at_the_node_that_is_known_by_its_key() -> None:
    """ArcadeDB begins where a pattern begins: it would walk through every node of the first label."""
    assert _ENDS_AT_A_KEY.search("MATCH (:Account)-[o:OPEN]->(:Lot {key: key})")
    assert not [one.name for one in all_statements() if _ENDS_AT_A_KEY.search(one.text)]


def test_no_subquery_ends_at_the_node_that_is_found_already() -> None:
    """ArcadeDB would walk through every node of the label that it begins with, once for each that is found."""
    assert _ENDS_AT_WHAT_IS_FOUND.search("RETURN EXISTS { (:Record)-[:HOLDS]->(a) } AS held")
    assert not [one.name for one in all_statements() if _ENDS_AT_WHAT_IS_FOUND.search(one.text)]


def test_no_index_is_read_over_a_range_that_a_row_names() -> None:
    """ArcadeDB uses an index for ranges between parameters only: it would walk through the label, once for each row."""
    assert _RANGE_OF_A_ROW.search("UNWIND $rows AS row CALL (row) { MATCH (l:Lot) WHERE l.place > row[1] RETURN l }")
    assert not [one.name for one in all_statements() if _RANGE_OF_A_ROW.search(one.text)]


async def test_the_engine_can_plan_every_statement(graph: Graph) -> None:
    for statement in all_statements():
        await graph.run_schema(Statement(statement.name, statement.access, "EXPLAIN " + statement.text))


async def test_concurrent_increments_lose_nothing(graph: Graph) -> None:
    await graph.run_schema(_UNIQUE)

    await asyncio.gather(*(graph.write(add, "hot") for _ in range(40)))

    (row,) = await graph.read(_VALUE, key="hot")
    assert row["value"] == 40


async def test_a_function_that_fails_leaves_nothing(graph: Graph) -> None:
    async def fail(tx: Transaction) -> None:
        await create(tx, "p1")
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        await graph.write(fail)

    (row,) = await graph.read(_PERSONS, id="p1")
    assert row["n"] == 0


async def test_a_read_sees_what_this_process_wrote(graph: Graph) -> None:
    for number in range(20):
        await graph.write(create, f"p{number}")
        (row,) = await graph.read(_PERSONS, id=f"p{number}")
        assert row["n"] == 1


async def test_statements_are_counted_for_the_task_that_runs_them(graph: Graph) -> None:
    async def count_two() -> int:
        with count_statements() as counter:
            await graph.read(_PERSONS, id="x")
            await graph.read(_PERSONS, id="x")
        return counter.total

    assert tuple(await asyncio.gather(count_two(), count_two())) == (2, 2)


async def test_an_exhausted_pool_says_that_the_graph_is_busy(settings: Settings) -> None:
    narrow = settings.model_copy(update={"graph_pool_size": 2, "graph_acquire_timeout_s": 0.2})
    release = asyncio.Event()
    holding = asyncio.Semaphore(0)

    async def hold(tx: Transaction) -> None:
        await tx.run(_PERSONS, id="x")
        holding.release()
        await release.wait()

    async with Graph.open(narrow) as graph:
        holders = [asyncio.create_task(graph.write(hold)) for _ in range(2)]
        for _ in holders:
            await holding.acquire()
        with pytest.raises(Unavailable, match="busy"):
            await graph.read(_PERSONS, id="x")
        release.set()
        await asyncio.gather(*holders)
        assert await graph.read(_PERSONS, id="x")


async def test_nothing_listening_is_unavailable_without_internals(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"graph_uri": f"bolt://127.0.0.1:{choose_port(0, 'tests')}"})

    with pytest.raises(Unavailable) as refused:
        async with Graph.open(nowhere):
            pass

    assert "127.0.0.1" not in refused.value.safe_message


async def test_wrong_credentials_name_the_settings(settings: Settings) -> None:
    if not settings.graph_password.get_secret_value():
        pytest.skip("this run's server asks for no credentials")
    wrong = settings.model_copy(update={"graph_password": SecretStr("not the password at all")})

    with pytest.raises(InvalidSettings, match="HUB_GRAPH_PASSWORD"):
        async with Graph.open(wrong):
            pass


async def test_a_database_that_is_not_there_names_the_setting(settings: Settings) -> None:
    wrong = settings.model_copy(update={"graph_database": "nosuchdatabase"})

    with pytest.raises(NotFound, match="HUB_GRAPH_DATABASE"):
        async with Graph.open(wrong):
            pass


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in shipped()] == list(range(1, len(shipped()) + 1))
