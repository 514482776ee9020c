"""The hub as a subgraph of Apollo Federation 2."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from graph.database import Graph, count_statements
from hub.core.access import Scope
from hub.core.settings import Settings
from hub.services.identity import Identity
from resolvers.each import MOST
from resolvers.global_ids import Kind, write_global_id
from tests.integration.api_client import ask, open_client, post
from tests.integration.api_people import MING_PHONE, put_crowd, put_ming_and_hua
from tests.integration.api_tokens import get_token, make_client, open_guarded, post_as
from tests.support.ledger import Members
from tests.support.node_peers import MISSING, run_peer

pytestmark = pytest.mark.anyio

CARTS: Final = "{ carts { owner { orderCount wishes } bought { amountFen } member { programme } } }"
SDL: Final = "{ _service { sdl } }"
ENTITIES: Final = """
    query ($given: [_Any!]!) {
      _entities(representations: $given) {
        __typename
        ... on Person { id orderCount }
        ... on Order { orderId }
        ... on Membership { id programme }
      }
    }
"""


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    await put_ming_and_hua(graph, settings)
    async with open_client(settings) as client:
        yield client


@pytest.fixture
async def ming(client: httpx.AsyncClient) -> list[dict[str, str]]:
    """Ming, an order and the membership, as others refer to them."""
    asked = "id orders(last: 1) { nodes { id } } memberships { id }"
    person = (await ask(client, f'{{ person(by: {{phone: "{MING_PHONE}"}}) {{ {asked} }} }}'))["person"]
    return [
        represent(Kind.PERSON, person["id"]),
        represent(Kind.ORDER, person["orders"]["nodes"][0]["id"]),
        represent(Kind.MEMBERSHIP, person["memberships"][0]["id"]),
    ]


def represent(kind: Kind, written: str) -> dict[str, str]:
    return {"__typename": kind.value, "id": written}


async def find(client: httpx.AsyncClient, given: list[Any]) -> Any:
    return (await post(client, ENTITIES, {"given": given})).json()


async def test_what_has_a_key_is_found_by_it(client: httpx.AsyncClient, ming: list[dict[str, str]]) -> None:
    person, order, membership = ming

    for _ in range(2):  # by ordinary execution, and by a plan
        found = await find(client, [membership, order, person, person])
        assert found["data"]["_entities"] == [
            membership | {"programme": "main"},
            {"__typename": "Order", "orderId": "T1"},
            person | {"orderCount": 3},
            person | {"orderCount": 3},
        ]


async def test_a_hundred_persons_take_one_look_up(settings: Settings, graph: Graph) -> None:
    await put_crowd(graph, settings, MOST, 0)
    async with open_client(settings) as client:
        listed = (await ask(client, f"{{ persons(first: {MOST}) {{ nodes {{ id }} }} }}"))["persons"]["nodes"]
        given = [represent(Kind.PERSON, one["id"]) for one in listed]
        with count_statements() as counted:
            found = await find(client, given)
        too_many = await find(client, [*given, given[0]])

    assert [one["id"] for one in found["data"]["_entities"]] == [one["id"] for one in listed]
    assert counted.by_name == {"persons.find_by_birth_ids": 1, "orders.fetch_totals": 1}
    assert found["extensions"]["cost"]["requestedQueryCost"] == MOST
    assert too_many["data"] is None
    assert too_many["errors"][0]["extensions"]["code"] == "INVALID_INPUT"


async def test_what_cannot_be_found_fails_or_is_null_in_its_own_place(
    client: httpx.AsyncClient, ming: list[dict[str, str]], graph: Graph, identity: Identity
) -> None:
    members = Members(graph, identity)
    erased = await members.add("pos|gone", "18029876359")
    await members.erase(erased)
    person, order, _ = ming
    given = [
        person,
        {},
        "Person",
        {"__typename": "Person"},
        {"__typename": "Person", "id": 7},
        {"__typename": "Person", "id": "7"},
        {"__typename": "Person", "id": order["id"]},
        represent(Kind.RECORD, write_global_id(Kind.RECORD, "pos|C0001")),
        represent(Kind.MEMBERSHIP, write_global_id(Kind.MEMBERSHIP, "nothing|x")),
        represent(Kind.MEMBERSHIP, write_global_id(Kind.MEMBERSHIP, f"tea|{person['id']}")),
        represent(Kind.PERSON, erased),
        represent(Kind.PERSON, "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        represent(Kind.ORDER, write_global_id(Kind.ORDER, "pos|none")),
        order,
    ]

    found = await find(client, given)

    shown = found["data"]["_entities"]
    assert (shown[0]["id"], shown[-1]["orderId"]) == (person["id"], "T1")
    assert set(map(str, shown[1:-1])) == {"None"}
    codes = {error["path"][1]: error["extensions"]["code"] for error in found["errors"]}
    assert codes == dict.fromkeys(range(1, 10), "INVALID_INPUT") | {10: "ERASED"}


async def test_an_entity_is_opened_by_what_opens_its_type(
    settings: Settings, graph: Graph, ming: list[dict[str, str]]
) -> None:
    made = {scope: await make_client(graph, scope) for scope in (Scope.ORDERS_READ, Scope.SCHEMA_READ)}
    named = "query ($given: [_Any!]!) { _entities(representations: $given) { __typename } }"
    async with open_guarded(settings) as client:
        orders, schema = [await get_token(client, one) for one in made.values()]
        closed = (await post_as(client, orders, named, {"given": ming})).json()
        whole = await post_as(client, orders, ENTITIES, {"given": ming})
        texts = [await post_as(client, token, SDL) for token in (orders, schema)]

    assert closed["data"]["_entities"] == [None, {"__typename": "Order"}, None]
    assert [one["extensions"]["code"] for one in closed["errors"]] == ["FORBIDDEN", "FORBIDDEN"]
    assert whole.status_code == 403
    assert [one.status_code for one in texts] == [403, 200]
    assert "type Person" in texts[1].json()["data"]["_service"]["sdl"]


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
async def test_a_router_composes_the_subgraph_and_asks_it(
    client: httpx.AsyncClient, ming: list[dict[str, str]], tmp_path: Path
) -> None:
    subgraph = tmp_path / "hub.graphql"
    subgraph.write_text((await ask(client, SDL))["_service"]["sdl"], "utf-8")

    composed = run_peer("compose.js", str(subgraph), CARTS)
    answers = [await ask(client, operation, {"representations": ming}) for operation in composed["sent"]]

    assert composed["errors"] == []
    shown = [one for answer in answers for one in answer["_entities"] if one]
    assert {"orderCount": 3} in shown
    assert {"amountFen": 12_345} in shown
    assert {"programme": "main"} in shown
