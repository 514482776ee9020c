"""Connections read from both ends give the same items, one way and the other, whatever is written meanwhile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph.database import Graph
from hub.core.model import DAY_MS
from hub.core.settings import Settings
from tests.integration.api_client import ask, open_client
from tests.integration.api_people import (
    MING_PHONE,
    MING_POS,
    NOON_MS,
    customer,
    order,
    put,
    put_ming_and_hua,
)

pytestmark = pytest.mark.anyio

PAGE: Final = "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    await put_ming_and_hua(graph, settings)
    async with open_client(settings) as client:
        yield client


async def read(client: httpx.AsyncClient, name: str, **arguments: Any) -> Any:
    """One page of the persons, or of Ming's orders or ledger."""
    words = ", ".join(f"{key}: {json.dumps(value)}" for key, value in arguments.items())
    field = f"{name}({words}) {{ {PAGE} }}"
    if name == "persons":
        return (await ask(client, f"{{ {field} }}"))[name]
    return (await ask(client, f'{{ person(by: {{phone: "{MING_PHONE}"}}) {{ {field} }} }}'))["person"][name]


async def read_on(client: httpx.AsyncClient, name: str, size: int) -> list[str]:
    ids: list[str] = []
    arguments: dict[str, Any] = {"first": size}
    while True:
        page = await read(client, name, **arguments)
        ids += [one["id"] for one in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return ids
        arguments["after"] = page["pageInfo"]["endCursor"]


async def read_back(client: httpx.AsyncClient, name: str, size: int) -> list[str]:
    ids: list[str] = []
    arguments: dict[str, Any] = {"last": size}
    while True:
        page = await read(client, name, **arguments)
        ids = [one["id"] for one in page["nodes"]] + ids
        if not page["pageInfo"]["hasPreviousPage"]:
            return ids
        arguments["before"] = page["pageInfo"]["startCursor"]


async def earn(client: httpx.AsyncClient, key: str, system: str, external_id: str) -> None:
    given = f"""caller: "till", idempotencyKey: "{key}", amount: 1, rule: "r",
                record: {{system: "{system}", externalId: "{external_id}"}}"""
    answer = await ask(client, f"mutation {{ earn(input: {{{given}}}) {{ __typename }} }}")
    assert answer == {"earn": {"__typename": "LedgerDone"}}


@pytest.mark.parametrize("name", ["persons", "orders", "ledger"])
async def test_reading_back_gives_what_reading_on_gives(
    client: httpx.AsyncClient, graph: Graph, settings: Settings, name: str
) -> None:
    await put(
        graph,
        settings,
        [customer(f"more-{number}", f"1370000000{number}") for number in range(3)],
        [order(f"N{number}", MING_POS, NOON_MS + number // 2 * DAY_MS, 100) for number in range(4)],
    )
    if name == "ledger":
        for number in range(3):
            await earn(client, f"a{number}", "pos", "C0001")
            await earn(client, f"b{number}", "tmall:flagship", "tb-ming")

    everything = await read_on(client, name, 100)

    assert len(everything) == {"persons": 5, "orders": 7, "ledger": 6}[name]
    for size in (1, 2, 3, 100):
        assert await read_on(client, name, size) == everything
        assert await read_back(client, name, size) == everything


async def test_what_is_written_meanwhile_moves_no_page(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    for number in range(4):
        await earn(client, f"a{number}", "pos", "C0001")
    everything = {name: await read_on(client, name, 100) for name in ("persons", "orders", "ledger")}
    first = {name: await read(client, name, first=1) for name in everything}
    last = {name: await read(client, name, last=1) for name in everything}

    await put(graph, settings, [customer("later", "13700000009")], [order("L1", MING_POS, NOON_MS + 9 * DAY_MS, 100)])
    await earn(client, "later", "pos", "C0001")

    for name, known in everything.items():
        following = await read(client, name, first=1, after=first[name]["pageInfo"]["endCursor"])
        preceding = await read(client, name, last=1, before=last[name]["pageInfo"]["startCursor"])
        assert [following["nodes"][0]["id"], preceding["nodes"][0]["id"]] == [known[1], known[-2]]
