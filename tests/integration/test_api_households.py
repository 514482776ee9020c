"""Households as the API tells them: who belongs together, and what of that is for whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.access import Scope
from hub.core.model import Identifier
from hub.core.settings import Settings
from hub.services.access.log import fetch_latest
from hub.services.households import MAX_RECORDS
from hub.services.identity import Identity
from resolvers.global_ids import Kind, write_global_id
from tests.integration.api_client import ask, open_client
from tests.integration.api_people import put
from tests.integration.api_tokens import get_token, make_client, open_guarded, post_as
from tests.integration.test_households import lives

pytestmark = pytest.mark.anyio

BORN: Final = date(2015, 1, 1)
DAD: Final = 'person(by: {phone: "13800000001"})'
IN_CLEAR: Final = f"{{ {DAD} {{ households {{ members {{ role childrenAges }} }} }} }}"
NODE: Final = """
    query ($id: ID!, $given: [_Any!]!) {
      node(id: $id) { ... on Household { id masked } }
      _entities(representations: $given) { ... on Household { id recordCount } }
    }
"""


async def put_family(graph: Graph, settings: Settings) -> None:
    """A father of one child, and a mother who lives with them."""
    dad = lives("pos", "dad", "13800000001", household_role="父", children_birthdays=BORN.isoformat())
    await put(graph, settings, [dad, lives("pos", "mum", "13800000002", household_role="mother")])


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    await put_family(graph, settings)
    async with open_client(settings) as client:
        yield client


async def test_a_person_tells_who_lives_with_them(client: httpx.AsyncClient, settings: Settings) -> None:
    shown = """id type scope masked recordCount crowded
               members { role childrenAges person { records { externalId } } }"""

    [household] = (await ask(client, f"{{ {DAD} {{ households {{ {shown} }} }} }}"))["person"]["households"]

    assert (household["type"], household["scope"], household["masked"]) == ("household", "pos", "HOM****123")
    assert (household["recordCount"], household["crowded"]) == (2, False)
    age = datetime.now(ZoneInfo(settings.timezone)).year - BORN.year
    assert sorted(household["members"], key=lambda member: str(member["person"])) == [
        {"role": "父", "childrenAges": [age], "person": {"records": [{"externalId": "dad"}]}},
        {"role": "mother", "childrenAges": [], "person": {"records": [{"externalId": "mum"}]}},
    ]


async def test_a_household_is_found_by_its_id_and_nothing_else_is_one(
    client: httpx.AsyncClient, identity: Identity
) -> None:
    [household] = (await ask(client, f"{{ {DAD} {{ households {{ id }} }} }}"))["person"]["households"]
    variables = {"id": household["id"], "given": [{"__typename": "Household", "id": household["id"]}]}
    phone = identity.key_of(Identifier("phone", "", "+8613800000001"))
    unknown = write_global_id(Kind.HOUSEHOLD, phone)

    found = [await ask(client, NODE, variables) for _ in range(2)]  # by ordinary execution, and by a plan
    nothing = await ask(client, NODE, {"id": unknown, "given": [{"__typename": "Household", "id": unknown}]})

    assert found == [{"node": household | {"masked": "HOM****123"}, "_entities": [household | {"recordCount": 2}]}] * 2
    assert nothing == {"node": None, "_entities": [None]}


async def test_roles_and_ages_are_personal_data_of_every_member(settings: Settings, graph: Graph) -> None:
    await put_family(graph, settings)
    plain, clear = (
        await make_client(graph, Scope.PERSON_READ),
        await make_client(graph, Scope.PERSON_READ, Scope.PII_READ),
    )
    async with open_guarded(settings) as client:
        narrow, wide = await get_token(client, plain), await get_token(client, clear)
        refused = [await post_as(client, narrow, IN_CLEAR, purpose="testing"), await post_as(client, wide, IN_CLEAR)]
        members = f"{{ {DAD} {{ households {{ masked members {{ person {{ id }} }} }} }} }}"
        masked = (await post_as(client, narrow, members)).json()["data"]["person"]["households"]
        shown = [(await post_as(client, wide, IN_CLEAR, purpose="testing")).json() for _ in range(2)]

    assert [one.status_code for one in refused] == [403, 403]
    assert all("errors" not in one for one in shown)
    persons = sorted(member["person"]["id"] for member in masked[0]["members"])
    read = [one.access for one in await fetch_latest(graph, fits=lambda _: True, limit=9)]
    fields = ("HouseholdMember.childrenAges", "HouseholdMember.role")
    assert [(one.fields, list(one.persons)) for one in read] == [(fields, persons)] * 2


async def test_what_too_many_state_shows_nobody(settings: Settings, graph: Graph) -> None:
    await put(graph, settings, [lives("pos", f"c{n}", f"1370000{n:04d}") for n in range(MAX_RECORDS + 1)])
    asked = "{ persons(first: 100) { nodes { households { crowded recordCount members { person { id } } } } } }"
    async with open_client(settings) as client:
        with count_statements() as counter:
            nodes: list[Any] = (await ask(client, asked))["persons"]["nodes"]

    crowded = {"crowded": True, "recordCount": MAX_RECORDS + 1, "members": []}
    assert nodes == [{"households": [crowded]}] * 100
    assert counter.by_name["households.fetch"] == 1
    assert counter.by_name["households.fetch_members"] == 0


async def test_the_households_of_many_are_read_together(settings: Settings, graph: Graph) -> None:
    homes = [lives("pos", f"c{n}", f"1370000{n:04d}", home=f"HOME-{n:06d}") for n in range(60)]
    await put(graph, settings, homes)
    asked = "{ persons(first: 100) { nodes { households { members { person { id } } } } } }"
    async with open_client(settings) as client:
        with count_statements() as counter:
            nodes = (await ask(client, asked))["persons"]["nodes"]

    assert [len(one["households"][0]["members"]) for one in nodes] == [1] * 60
    assert (counter.by_name["households.fetch"], counter.by_name["households.fetch_members"]) == (1, 1)
