"""Reads that see what was written through another process."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph import database
from graph.counting import count_statements
from graph.database import Graph, Transaction
from graph.engine import NEO4J
from graph.statement import Statement
from hub.core.errors import Unavailable, WriteTokenInvalid
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.write_tokens import seal_token
from tests.integration.api_client import open_client
from tests.support.stewardship import put, said

pytestmark = pytest.mark.anyio

_ADD: Final = Statement("tests.add_change", "write", "CREATE (c:Change {key: $key}) SET c.kind = 'case', c.ids = []")
_EARN: Final = """mutation ($key: String!) {
  earn(input: {caller: "till", idempotencyKey: $key, record: {system: "pos", externalId: "a"}, amount: 5}) {
    __typename
  }
}"""
_BALANCE: Final = '{ person(by: {record: {system: "pos", externalId: "a"}}) { balances { asset available } } }'


@pytest.fixture
async def clients(
    settings: Settings, graph: Graph, identity: Identity
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Clients of two applications, each with a driver of its own, and one person."""
    await put(graph, identity, said("pos|a"))
    async with open_client(settings) as writing, open_client(settings) as reading:
        yield writing, reading


async def send(client: httpx.AsyncClient, query: str, *, token: str | None = None, **variables: str) -> httpx.Response:
    """The raw answer; a token goes into the extensions."""
    extensions = {} if token is None else {"writeToken": token}
    return await client.post("/graphql", json={"query": query, "variables": variables, "extensions": extensions})


async def earn(client: httpx.AsyncClient, key: str) -> str:
    """The token of a mutation."""
    token = (await send(client, _EARN, key=key)).json()["extensions"]["writeToken"]
    assert isinstance(token, str)
    return token


def available(response: httpx.Response) -> Any:
    """The points of an answer."""
    return response.json()["data"]["person"]["balances"][0]["available"]


async def test_a_read_with_a_token_sees_the_write_of_another_process(
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    writing, reading = clients
    for number in range(3):
        token = await earn(writing, f"k{number}")

        shown = await reading.post("/graphql", json={"query": _BALANCE}, headers={"Hub-Write-Token": token})

        assert available(shown) == 5 * (number + 1)
        assert "writeToken" not in shown.json()["extensions"]


async def test_a_token_costs_one_statement_where_it_is_new_and_none_after_that(
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    writing, reading = clients
    token = await earn(writing, "k")
    waited = []
    for client in (writing, reading, reading):
        with count_statements() as counter:
            assert available(await send(client, _BALANCE, token=token)) == 5
        waited.append(counter.by_name["graph.catch_up"])

    assert waited == [0, 1, 0]


async def test_a_repeat_and_a_refusal_answer_with_a_token_too(
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    writing, reading = clients
    await earn(writing, "k")

    assert await earn(reading, "k")
    refused = await send(writing, _EARN.replace("amount: 5", "amount: 6"), key="k")
    assert refused.json()["data"] == {"earn": {"__typename": "KeyReused"}}
    assert refused.json()["extensions"]["writeToken"]


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
@pytest.mark.parametrize("token", ["x", "w1.", "w1." + "A" * 40_000], ids=["foreign", "empty", "oversized"])
async def test_what_is_no_token_is_refused_in_either_form(
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient], accept: str, token: str
) -> None:
    body = {"query": _BALANCE, "extensions": {"writeToken": token}}
    response = await clients[0].post("/graphql", json=body, headers={"Accept": accept})

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "WRITE_TOKEN_INVALID"}
    assert "data" not in response.json()


async def test_a_token_must_be_a_text(clients: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    response = await clients[0].post("/graphql", json={"query": _BALANCE, "extensions": {"writeToken": 5}})

    assert response.json()["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


async def test_a_read_waits_until_a_write_has_arrived(graph: Graph, settings: Settings) -> None:
    if graph.engine is not NEO4J:
        pytest.skip("ArcadeDB waits for no bookmark")
    await graph.write(_add, "first")
    async with Graph.open(settings) as replica:
        waiting = asyncio.create_task(replica.catch_up(_later(await graph.find_bookmarks(), 1)))
        await asyncio.sleep(0.2)
        assert not waiting.done()

        await graph.write(_add, "second")

        await asyncio.wait_for(waiting, 5)


async def test_a_write_that_does_not_arrive_in_time_is_answered_by_when_to_ask_again(
    graph: Graph,
    identity: Identity,
    clients: tuple[httpx.AsyncClient, httpx.AsyncClient],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if graph.engine is not NEO4J:
        pytest.skip("ArcadeDB waits for no bookmark")
    monkeypatch.setattr(database, "WAIT_S", 0.3)
    token = seal_token(identity.vault, _later(await graph.find_bookmarks(), 1000))

    late = await send(clients[1], _BALANCE, token=token)

    assert (late.status_code, late.headers["retry-after"]) == (503, "2")
    assert late.json()["errors"][0]["extensions"] == {"code": Unavailable.code, "retryAfterSeconds": 2}
    assert available(await send(clients[1], _BALANCE)) == 0  # others are not held up


async def test_a_token_of_another_graph_is_refused(graph: Graph) -> None:
    if graph.engine is not NEO4J:
        pytest.skip("ArcadeDB takes any bookmark")
    for foreign in ("nonsense", "FB:kcwQAAAAAAAAAAAAAAAAAAAAAMkAAQ=="):
        with pytest.raises(WriteTokenInvalid):
            await graph.catch_up([foreign])


async def _add(tx: Transaction, key: str) -> None:
    await tx.run(_ADD, key=key)


def _later(bookmarks: frozenset[str], number: int) -> list[str]:
    """What stands for a transaction so many after the last: a database's id and a number of 16 bits."""
    newest = max(base64.b64decode(one.removeprefix("FB:")) for one in bookmarks)
    head, number_of_last, end = newest[:-3], int.from_bytes(newest[-3:-1]), newest[-1:]
    return ["FB:" + base64.b64encode(head + (number_of_last + number).to_bytes(2) + end).decode()]
