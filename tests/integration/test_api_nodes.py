"""Objects by their global ids."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph.database import Graph
from hub.core.settings import Settings
from resolvers.global_ids import Kind, write_global_id
from tests.integration.api_client import ask, ask_for_error, open_client
from tests.integration.api_people import MING_PHONE, put_ming_and_hua

pytestmark = pytest.mark.anyio

NODE: Final = """
    query ($id: ID!) {
      node(id: $id) {
        __typename id
        ... on Record { system externalId }
        ... on Order { orderId amountFen }
        ... on LedgerEntry { amount record { externalId } }
        ... on LedgerOperation { key amount }
        ... on Membership { programme }
      }
    }
"""


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    await put_ming_and_hua(graph, settings)
    async with open_client(settings) as client:
        yield client


async def node(client: httpx.AsyncClient, node_id: str) -> Any:
    return (await ask(client, NODE, {"id": node_id}))["node"]


async def test_whatever_has_an_id_is_found_by_it(client: httpx.AsyncClient) -> None:
    earned = await ask(
        client,
        """mutation { earn(input: {caller: "till", idempotencyKey: "k1", programme: "main", asset: "points", amount: 7,
             rule: "r", record: {system: "pos", externalId: "C0001"}}) { ... on LedgerDone { operation { id } }
             ... on LedgerFailure { message } } }""",
    )
    found = await ask(
        client,
        f"""{{ person(by: {{phone: "{MING_PHONE}"}}) {{
             id records {{ id }} orders {{ nodes {{ id }} }} ledger {{ nodes {{ id }} }} memberships {{ id }} }} }}""",
    )
    person = found["person"]
    ids = [person["id"], *(one["id"] for one in person["records"])]
    ids += [one["id"] for name in ("orders", "ledger") for one in person[name]["nodes"]]
    ids += [earned["earn"]["operation"]["id"], person["memberships"][0]["id"]]

    nodes = [await node(client, one) for one in ids]

    assert [one["id"] for one in nodes] == ids
    assert [one["__typename"] for one in nodes] == [
        "Person", *["Record"] * 3, *["Order"] * 3, "LedgerEntry", "LedgerOperation", "Membership",
    ]  # fmt: skip
    assert [one["externalId"] for one in nodes[1:4]] == ["C0001", "tb-ming", "wx-ming"]
    assert [one["orderId"] for one in nodes[4:7]] == ["P1", "W1", "T1"]
    assert nodes[7]["record"] == {"externalId": "C0001"}
    assert (nodes[7]["amount"], nodes[8]["amount"]) == (7, 7)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Kind.PERSON, "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        (Kind.RECORD, "pos|nobody"),
        (Kind.ORDER, "pos|none"),
        (Kind.OPERATION, "till|none"),
        (Kind.HOLD, "till|none"),
        (Kind.LOT, "main|points|01ARZ3NDEKTSV4RRFFQ69G5FAV|0000000001.0"),
        (Kind.MEMBERSHIP, "main|01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        (Kind.ENTRY, "main|points|01ARZ3NDEKTSV4RRFFQ69G5FAV|0000000001"),
    ],
)
async def test_what_is_not_there_is_null(client: httpx.AsyncClient, kind: Kind, key: str) -> None:
    assert await node(client, write_global_id(kind, key)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Nothing:1",
        "Record:nowhere",
        "Record:|",
        "LedgerEntry:x",
        "LedgerEntry:a|b|c|1",
        "LedgerEntry:a|١",
        "Lot:a|b|c|1",
        "Membership:main|x",
    ],
)
async def test_an_id_that_cannot_be_ours_is_the_callers_mistake(client: httpx.AsyncClient, text: str) -> None:
    written = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    error = await ask_for_error(client, NODE, {"id": written})

    assert error["extensions"] == {"code": "INVALID_INPUT"}
