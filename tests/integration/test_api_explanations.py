"""Why records are one person or two, as the API explains it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.access import Scope
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.core.settings import Settings
from hub.services.decisions import make_decision, request_link
from hub.services.identity import Identity
from tests.integration.api_client import ask, ask_for_error, open_client
from tests.integration.api_people import HUA_POS, MING_PHONE, MING_POS, MING_TMALL, NOON_MS, put, put_ming_and_hua
from tests.integration.api_tokens import get_token, make_client, open_guarded, post_as, resources_of

pytestmark = pytest.mark.anyio

MING: Final = f'person(by: {{phone: "{MING_PHONE}"}})'
PAIR: Final = """
    query ($left: RecordInput!, $right: RecordInput!) { explain(left: $left, right: $right) { %s } }
"""
ALL: Final = "persons(first: 100) { nodes { explain { root { externalId } steps { to { externalId } sentence } } } }"


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    await put_ming_and_hua(graph, settings)
    async with open_client(settings) as client:
        yield client


def named(left: RecordKey, right: RecordKey) -> dict[str, Any]:
    return {
        side: {"system": key.system, "externalId": key.external_id} for side, key in (("left", left), ("right", right))
    }


async def test_a_person_is_explained_by_the_strongest_tree(client: httpx.AsyncClient) -> None:
    steps = """from { externalId } to { externalId } identifier { type scope masked } company { type }
               claims { record { externalId } source verified validFrom validTo } decision { number } sentence"""

    explained = (
        await ask(
            client,
            f"""{{ {MING} {{ id explain {{
                verdict settled policyVersion persons {{ id }} root {{ externalId }} separations {{ kind }} sentence
                zh: sentence(language: ZH) steps {{ {steps} }} }} }} }}""",
        )
    )["person"]

    found = explained["explain"]
    assert (found["verdict"], found["settled"], found["separations"]) == ("TOGETHER", True, [])
    assert found["persons"] == [{"id": explained["id"]}]
    assert found["sentence"].startswith(f"The person {explained['id']} has 3 records, joined to ")
    assert found["zh"].startswith(f"自然人 {explained['id']} 有 3 条记录")
    reached = {found["root"]["externalId"]}
    for step in found["steps"]:
        assert step["from"]["externalId"] in reached
        reached.add(step["to"]["externalId"])
        assert step["identifier"] == {"type": "phone", "scope": "", "masked": "138****0001"}
        assert [one["record"] for one in step["claims"]] == [step["from"], step["to"]]
        assert {(one["source"], one["validTo"]) for one in step["claims"]} == {("delivery-1", None)}
        assert (step["company"], step["decision"]) == ([], None)
        assert "share the phone 138****0001" in step["sentence"]
    assert reached == {"C0001", "tb-ming", "wx-ming"}
    assert MING_PHONE not in repr(explained)


async def test_two_records_are_explained_by_what_joins_them_or_keeps_them_apart(
    client: httpx.AsyncClient, graph: Graph, identity: Identity
) -> None:
    made = await make_decision(
        graph, identity, request_link(str(MING_POS), str(HUA_POS), apart=True, author="li", reason="two cards")
    )
    shown = PAIR % (
        """verdict persons { id } steps { to { externalId } } sentence separations { kind left { externalId }
           right { externalId } identifier { masked } decision { number author } count limit open sentence }"""
    )

    together = (await ask(client, shown, named(MING_TMALL, MING_POS)))["explain"]
    apart = (await ask(client, shown, named(MING_POS, HUA_POS)))["explain"]

    assert (together["verdict"], together["separations"], len(together["persons"])) == ("TOGETHER", [], 1)
    assert together["steps"][-1] == {"to": {"externalId": "C0001"}}
    assert (apart["verdict"], apart["steps"], len(apart["persons"])) == ("APART", [], 2)
    ruled, weak = apart["separations"]
    assert (ruled["kind"], ruled["decision"]) == ("DECISION", {"number": made.id, "author": "li"})
    assert "by li" in ruled["sentence"]
    assert "two cards" in ruled["sentence"]
    assert (weak["kind"], weak["identifier"]) == ("WEAK", {"masked": "f***@example.com"})
    assert (weak["left"], weak["right"]) == ([{"externalId": "wx-ming"}], [{"externalId": "C0002"}])


async def test_who_may_not_read_decisions_learns_that_there_is_one_and_no_more(
    settings: Settings, graph: Graph, identity: Identity
) -> None:
    await put_ming_and_hua(graph, settings)
    made = await make_decision(
        graph, identity, request_link(str(MING_POS), str(HUA_POS), apart=True, author="li", reason="two cards")
    )
    asked, variables = PAIR % "separations { kind sentence }", named(MING_POS, HUA_POS)
    known = await make_client(graph, Scope.PERSON_READ)
    async with open_guarded(settings) as client:
        token = await get_token(client, known)

        shown = [(await post_as(client, token, asked, variables)).json() for _ in range(2)]
        refused = await post_as(client, token, PAIR % "separations { decision { number } }", variables)

    for one in shown:  # by ordinary execution, and by a plan
        ruled = one["data"]["explain"]["separations"][0]
        assert ruled["kind"] == "DECISION"
        assert made.id in ruled["sentence"]
        assert "two cards" not in ruled["sentence"]
        assert "li" not in ruled["sentence"].replace(made.id, "").split()
    assert refused.status_code == 403


async def test_nothing_is_explained_of_a_record_that_is_not_there(client: httpx.AsyncClient) -> None:
    found = await ask(client, PAIR % "verdict", named(MING_POS, RecordKey("pos", "nobody")))

    assert found == {"explain": None}


async def test_what_is_too_large_fails_by_itself(client: httpx.AsyncClient, graph: Graph, settings: Settings) -> None:
    await put(graph, settings, [_said("pos", 1)])
    resources = resources_of(client)
    resources.identity = resources.identity.under(replace(resources.identity.policy, max_component=2))
    asked = "{ persons { nodes { records { externalId } explain { verdict } } } }"

    answers = [(await client.post("/graphql", json={"query": asked})).json() for _ in range(2)]
    pair = await ask_for_error(client, PAIR % "verdict", named(MING_TMALL, MING_POS))

    for answer in answers:
        nodes = answer["data"]["persons"]["nodes"]
        explained = {tuple(record["externalId"] for record in one["records"]): one["explain"] for one in nodes}
        assert explained == {
            ("C0001", "tb-ming", "wx-ming"): None,
            ("C0002",): None,  # an email that both have connects them
            ("R1",): {"verdict": "TOGETHER"},
        }
        assert [error["extensions"] for error in answer["errors"]] == [{"code": "TOO_LARGE"}] * 2
        assert "`hub explain`" in answer["errors"][0]["message"]
    assert pair["extensions"] == {"code": "TOO_LARGE"}


async def test_a_hundred_persons_are_explained_by_as_many_statements_as_two(settings: Settings, graph: Graph) -> None:
    counted: list[dict[str, int]] = []
    async with open_client(settings) as client:
        for persons in (2, 100):
            twice = [_said(system, number) for number in range(persons) for system in ("pos", "wechat:mini")]
            await put(graph, settings, twice)
            with count_statements() as counter:
                nodes = (await ask(client, f"{{ {ALL} }} # {persons}"))["persons"]["nodes"]
            assert [len(one["explain"]["steps"]) for one in nodes] == [1] * persons
            counted.append(dict(counter.by_name))

    assert counted[0] == counted[1]
    assert set(counted[0].values()) == {1}


def _said(system: str, number: int) -> CustomerEvent:
    return CustomerEvent(RecordKey(system, f"R{number}"), NOON_MS, (RawIdentifier("phone", "", f"139{number:08d}"),))
