"""Operations whose time is up and whose caller left, with statements that take long on a real server."""

from __future__ import annotations

from types import ModuleType
from typing import Final

import anyio
import httpx
import pytest

from graph import orders, persons
from graph.database import Graph
from graph.statement import Statement
from hub.core.settings import Settings
from hub.http import graphql
from hub.http.app import create_app
from tests.integration.api_people import put_ming_and_hua
from tests.support.served import served_on

pytestmark = pytest.mark.anyio

# Neo4j is told to end it. ArcadeDB works to the end on what nobody waits for, and the tests behind it would wait.
SLOW: Final = {
    "neo4j": Statement(
        "test.slow",
        "read",
        "UNWIND range(1, 8000) AS a UNWIND range(1, 8000) AS b WITH a * b % 7 AS c RETURN toString(sum(c)) AS bound",
    ),
    "arcadedb": Statement(
        "test.slow",
        "read",
        "UNWIND range(1, 1800) AS a UNWIND range(1, 1800) AS b WITH a * b % 7 AS c RETURN toString(sum(c)) AS bound",
    ),
}
RUNNING: Final = Statement(
    "test.running", "read", "SHOW TRANSACTIONS YIELD metaData WHERE metaData.statement = 'test.slow' RETURN metaData"
)
QUERY: Final = "{ persons { nodes { totalSpent } } }"


@pytest.mark.parametrize(
    ("module", "statement"), [(persons, "_FIND_PAGE_BOUND"), (orders, "_FETCH_TOTALS")], ids=["root", "loader"]
)
async def test_a_caller_who_leaves_ends_the_operation(
    settings: Settings, graph: Graph, monkeypatch: pytest.MonkeyPatch, module: ModuleType, statement: str
) -> None:
    await put_ming_and_hua(graph, settings)
    monkeypatch.setattr(module, statement, SLOW[graph.engine.name])

    with served_on(create_app(settings)) as address:
        async with httpx.AsyncClient(base_url=address) as client:
            with anyio.move_on_after(0.5) as impatient:
                await client.post("/graphql", json={"query": QUERY})
            with anyio.fail_after(2):
                while 'status="499"' not in (await client.get("/metrics")).text:
                    pass

    assert impatient.cancelled_caught
    await server_ends_the_statement(graph)


async def test_an_operation_whose_time_is_up_says_so(
    settings: Settings, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persons, "_FIND_PAGE_BOUND", SLOW[graph.engine.name])
    monkeypatch.setattr(graphql, "_MARGIN_S", 0.3)  # ArcadeDB is not told; on a fast machine it is done in two seconds
    hasty = settings.model_copy(update={"graphql_timeout_s": 0.2})

    with served_on(create_app(hasty)) as address:
        async with httpx.AsyncClient(base_url=address, timeout=20) as client:
            response = await client.post("/graphql", json={"query": QUERY})

    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["extensions"]["retryAfterSeconds"] == 1
    await server_ends_the_statement(graph)


async def server_ends_the_statement(graph: Graph) -> None:
    """Neo4j ends it; ArcadeDB finishes it, and nobody listens."""
    if graph.engine.name == "neo4j":
        with anyio.fail_after(5):
            while await graph.read(RUNNING):
                pass
