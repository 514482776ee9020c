"""Stewards' decisions as the API tells them: on persons, on cases, and by their ids."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph.database import Graph
from hub.core.access import Scope
from hub.core.settings import Settings
from hub.services.access.log import fetch_latest
from hub.services.cases import answer_case
from hub.services.decisions import make_decision, request_link, request_pin, withdraw_decision
from hub.services.identity import Identity
from resolvers.global_ids import Kind, write_global_id
from tests.integration.api_client import ask, open_client
from tests.integration.api_people import HUA_POS, MING_PHONE, MING_POS, MING_TMALL, MING_WECHAT, put_ming_and_hua
from tests.integration.api_tokens import get_token, make_client, open_guarded, post_as
from tests.support.ledger import Members
from tests.support.stewardship import find_cases, put, said

pytestmark = pytest.mark.anyio

MING: Final = f'person(by: {{phone: "{MING_PHONE}"}})'
NUMBERS: Final = "nodes { number } pageInfo { hasNextPage hasPreviousPage endCursor startCursor }"


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    await put_ming_and_hua(graph, settings)
    async with open_client(settings) as client:
        yield client


@pytest.fixture
async def made(client: httpx.AsyncClient, graph: Graph, identity: Identity) -> list[str]:
    """Three decisions on Ming, oldest first; the last one was withdrawn."""
    requests = (
        request_link(str(MING_WECHAT), str(HUA_POS), apart=True, author="li", reason="two phones"),
        request_pin(str(MING_POS), "name", "张小明", author="wang", reason="saw the card"),
        request_link(str(MING_TMALL), str(MING_POS), apart=False, author="li", reason="asked them"),
    )
    ids = [(await make_decision(graph, identity, one)).id for one in requests]
    await withdraw_decision(graph, identity, ids[-1], "zhao", "a mistake")
    return ids


async def test_a_person_tells_what_was_decided_on_their_records(client: httpx.AsyncClient, made: list[str]) -> None:
    shown = """number kind author reason decidedAt withdrawnAt withdrawnBy withdrawalReason
               records { system externalId } field masked value identifierType identifierMasked allowed"""

    person = (await ask(client, f"{{ {MING} {{ decisions {{ nodes {{ {shown} }} }} }} }}"))["person"]

    linked, pinned, apart = person["decisions"]["nodes"]
    assert [one["number"] for one in (apart, pinned, linked)] == made
    assert (apart["kind"], apart["author"], apart["reason"]) == ("CANNOT_LINK", "li", "two phones")
    assert apart["records"] == [
        {"system": "pos", "externalId": "C0002"},
        {"system": "wechat:mini", "externalId": "wx-ming"},
    ]
    assert (pinned["kind"], pinned["field"], pinned["masked"], pinned["value"]) == ("PIN", "name", "张**", "张小明")
    assert (apart["withdrawnAt"], apart["field"], apart["masked"], apart["value"]) == (None, None, None, None)
    assert (linked["withdrawnBy"], linked["withdrawalReason"]) == ("zhao", "a mistake")
    assert linked["withdrawnAt"] >= linked["decidedAt"]


async def test_decisions_come_page_by_page_and_without_those_that_were_withdrawn(
    client: httpx.AsyncClient, made: list[str]
) -> None:
    async def page(arguments: str) -> Any:
        return (await ask(client, f"{{ {MING} {{ decisions({arguments}) {{ {NUMBERS} }} }} }}"))["person"]["decisions"]

    newest = await page("first: 2")
    oldest = await page(f'first: 2, after: "{newest["pageInfo"]["endCursor"]}"')
    back = await page(f'last: 1, before: "{oldest["pageInfo"]["startCursor"]}"')
    live = await page("liveOnly: true")

    assert [one["number"] for one in newest["nodes"]] == [made[2], made[1]]
    assert newest["pageInfo"]["hasNextPage"] is True
    assert ([one["number"] for one in oldest["nodes"]], oldest["pageInfo"]["hasNextPage"]) == ([made[0]], False)
    assert ([one["number"] for one in back["nodes"]], back["pageInfo"]["hasPreviousPage"]) == ([made[1]], True)
    assert [one["number"] for one in live["nodes"]] == [made[1], made[0]]


async def test_a_decision_is_found_by_its_id(client: httpx.AsyncClient, made: list[str]) -> None:
    known = write_global_id(Kind.DECISION, made[0])
    unknown = write_global_id(Kind.DECISION, "01ARZ3NDEKTSV4RRFFQ69G5FAV")

    found = await ask(
        client,
        f"""query ($given: [_Any!]!) {{
               known: node(id: "{known}") {{ __typename id ... on Decision {{ number }} }}
               unknown: node(id: "{unknown}") {{ id }}
               _entities(representations: $given) {{ ... on Decision {{ number }} }} }}""",
        {"given": [{"__typename": "Decision", "id": known}]},
    )

    assert found == {
        "known": {"__typename": "Decision", "id": known, "number": made[0]},
        "unknown": None,
        "_entities": [{"number": made[0]}],
    }


async def test_a_case_tells_which_decisions_answered_it(
    client: httpx.AsyncClient, graph: Graph, identity: Identity
) -> None:
    shared = ("phone", "13900000001")
    await put(graph, identity, said("pos|a", shared, ("unionid", "u1")))
    await put(graph, identity, said("tmall:flagship|b", shared, ("unionid", "u2")))
    [case] = await find_cases(graph)
    answered = await answer_case(graph, identity, case.id, "different", "li", "asked the shop")

    node = write_global_id(Kind.CASE, case.id)
    asked = f'{{ node(id: "{node}") {{ ... on Case {{ state decisions {{ nodes {{ number kind }} }} }} }} }}'
    found = (await ask(client, asked))["node"]

    assert found == {
        "state": "answered",
        "decisions": {"nodes": [{"number": answered.decisions[0].id, "kind": "CANNOT_LINK"}]},
    }


async def test_what_was_decided_on_the_erased_is_left_without_them(
    client: httpx.AsyncClient, graph: Graph, identity: Identity, made: list[str]
) -> None:
    await Members(graph, identity).erase((await ask(client, f"{{ {MING} {{ id }} }}"))["person"]["id"])

    found = await ask(
        client,
        f"""{{ node(id: "{write_global_id(Kind.DECISION, made[1])}") {{
                 ... on Decision {{ reason records {{ externalId }} value withdrawnAt }} }} }}""",
    )

    assert found["node"]["withdrawnAt"]
    assert (found["node"]["reason"], found["node"]["records"], found["node"]["value"]) == ("erased", [], "erased")


async def test_a_pinned_value_in_clear_is_in_the_access_log(
    settings: Settings, graph: Graph, identity: Identity
) -> None:
    await put_ming_and_hua(graph, settings)
    pinned = await make_decision(
        graph, identity, request_pin(str(MING_POS), "name", "张小明", author="li", reason="saw the card")
    )
    known = await make_client(graph, Scope.CASES_READ, Scope.PII_READ)
    asked = f'{{ node(id: "{write_global_id(Kind.DECISION, pinned.id)}") {{ ... on Decision {{ value }} }} }}'
    async with open_guarded(settings) as client:
        token = await get_token(client, known)

        refused = await post_as(client, token, asked)
        shown = [(await post_as(client, token, asked, purpose="testing")).json() for _ in range(2)]

    assert refused.status_code == 403
    assert [one["data"]["node"] for one in shown] == [{"value": "张小明"}] * 2  # by ordinary execution, and by a plan
    read = [one.access for one in await fetch_latest(graph, fits=lambda _: True, limit=9)]
    assert [one.fields for one in read] == [("Decision.value",)] * 2
    assert all(len(one.persons) == 1 for one in read)
