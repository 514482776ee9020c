"""Many persons by one field."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.settings import Settings
from hub.services.identity import Identity
from resolvers.each import MOST
from tests.integration.api_client import ask, open_client, post
from tests.integration.api_people import HUA_PHONE, MING_PHONE, put_ming_and_hua
from tests.support.ledger import Members

pytestmark = pytest.mark.anyio

WHO: Final = "query ($who: [PersonBy!]!) { people(who: $who) { id orderCount } }"
NOBODY: Final = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    await put_ming_and_hua(graph, settings)
    async with open_client(settings) as client:
        yield client


async def test_they_come_in_their_order_whatever_they_are_named_by(client: httpx.AsyncClient) -> None:
    by_phone = {"phone": MING_PHONE}
    [ming] = (await ask(client, WHO, {"who": [by_phone]}))["people"]
    who = [_record("pos", "C0002"), by_phone, {"id": ming["id"]}, _record("tmall:flagship", "tb-ming"), {"id": NOBODY}]

    found = (await ask(client, WHO, {"who": who}))["people"]

    assert [one and one["orderCount"] for one in found] == [0, 3, 3, 3, None]
    assert [one["id"] for one in found[1:4]] == [ming["id"]] * 3


async def test_one_that_cannot_be_right_is_an_error_in_its_place(
    client: httpx.AsyncClient, graph: Graph, identity: Identity
) -> None:
    members = Members(graph, identity)
    erased = await members.add("pos|gone", "18029876359")
    await members.erase(erased)
    who = [{"phone": HUA_PHONE}, {"phone": "138"}, {"id": erased}, {"id": "7"}, _record("No Such", "1")]

    answer = (await post(client, WHO, {"who": who})).json()

    assert answer["data"]["people"][1:] == [None] * 4
    assert answer["data"]["people"][0]["orderCount"] == 0
    codes = {error["path"][1]: error["extensions"]["code"] for error in answer["errors"]}
    assert codes == {1: "INVALID_INPUT", 2: "ERASED", 3: "INVALID_INPUT", 4: "INVALID_INPUT"}


async def test_a_hundred_cost_a_statement_for_each_way_of_naming(client: httpx.AsyncClient) -> None:
    phones: list[dict[str, Any]] = [{"phone": f"139{number:08d}"} for number in range(MOST - 3)]
    who = [*phones, {"id": NOBODY}, {"phone": MING_PHONE}, _record("pos", "C0002")]

    with count_statements() as counted:
        await ask(client, WHO, {"who": who})

    assert counted.by_name == {
        "persons.find_by_identifiers": 2,  # of at most 64 each
        "installation.fetch": 2,  # nobody is unknown for want of the right key
        "persons.find_by_birth_ids": 1,
        "persons.find_by_records": 1,
        "orders.fetch_totals": 1,
    }


async def test_more_than_a_hundred_are_refused(client: httpx.AsyncClient) -> None:
    answer = (await post(client, WHO, {"who": [{"phone": MING_PHONE}] * (MOST + 1)})).json()

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert error["message"] == "At most 100 persons at once; these are 101."


def _record(system: str, external_id: str) -> dict[str, Any]:
    return {"record": {"system": system, "externalId": external_id}}
