"""Persons in the past as the API tells them, in both senses of the past."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.core.settings import Settings
from hub.services.identity import Identity
from resolvers.scalars import write_instant
from tests.integration.api_client import ask, ask_for_error, open_client
from tests.integration.api_people import NOON_MS, customer, put, put_crowd
from tests.integration.api_tokens import resources_of
from tests.support.ledger import Members

pytestmark = pytest.mark.anyio

OLD: Final = "13900000001"
NEW: Final = "13900000002"
LATER_MS: Final = NOON_MS + 1000
BELIEVED: Final = """
    query ($by: PersonBy!, $at: DateTime!) { believedPerson(by: $by, asOf: $at) {
      askedId personId believedAt records { record { externalId } since until }
    } }
"""
VALID: Final = """
    query ($by: PersonBy!, $at: DateTime!) { validPersons(by: $by, asOf: $at) {
      validAt policyVersion person { personId records { externalId } } others { personId records { externalId } }
    } }
"""


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody has a card at the tills; the phone of it is another customer's by now."""
    await put(
        graph,
        settings,
        [
            customer("a", OLD),
            CustomerEvent(RecordKey("wechat:mini", "w"), NOON_MS, (RawIdentifier("phone", "", OLD),)),
            customer("a", NEW, LATER_MS),
            customer("b", NEW, NOON_MS),
        ],
    )
    async with open_client(settings) as client:
        yield client


async def ids_of(client: httpx.AsyncClient) -> dict[str, str]:
    """The living persons' ids by the external ids of their records."""
    nodes = (await ask(client, "{ persons { nodes { id records { externalId } } } }"))["persons"]["nodes"]
    return {record["externalId"]: node["id"] for node in nodes for record in node["records"]}


def records_of(person: Any) -> list[str]:
    return [record["externalId"] for record in person["records"]]


async def test_who_was_who_follows_from_the_claims_of_the_instant(client: httpx.AsyncClient) -> None:
    async def ask_at(at_ms: int, **by: Any) -> Any:
        return (await ask(client, VALID, {"by": by, "at": write_instant(at_ms)}))["validPersons"]

    by_phone = [await ask_at(at_ms, phone=OLD) for at_ms in (NOON_MS, LATER_MS)]
    by_record = [
        await ask_at(at_ms, record={"system": "pos", "externalId": "a"})
        for at_ms in (NOON_MS - 1, NOON_MS, LATER_MS, now_ms() + 10**9)
    ]
    by_identifier = await ask_at(LATER_MS, identifier={"type": "phone", "value": NEW})
    ids = await ids_of(client)

    assert [records_of(one["person"]) for one in by_phone] == [["a", "w"], ["w"]]
    assert [records_of(one["person"]) for one in by_record] == [["a"], ["a", "w"], ["a", "b"], ["a", "b"]]
    assert records_of(by_identifier["person"]) == ["a", "b"]
    assert (by_phone[0]["validAt"], by_phone[0]["others"]) == (write_instant(NOON_MS), [])
    assert (await ask_at(NOON_MS, id=ids["w"]))["person"] == by_phone[0]["person"]
    assert await ask_at(NOON_MS - 1, phone=OLD) is None
    assert await ask_at(NOON_MS, record={"system": "pos", "externalId": "nobody"}) is None


async def test_what_was_believed_is_not_changed_by_what_was_learned_later(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    before_ms = now_ms()
    ids = await ids_of(client)
    await put(graph, settings, [CustomerEvent(RecordKey("pos", "c"), NOON_MS, (RawIdentifier("phone", "", OLD),))])

    async def ask_at(at_ms: int, **by: Any) -> Any:
        return (await ask(client, BELIEVED, {"by": by, "at": write_instant(at_ms)}))["believedPerson"]

    before, now = await ask_at(before_ms, id=ids["w"]), await ask_at(now_ms(), id=ids["w"])
    unknown = await ask_at(NOON_MS, id=ids["w"])

    assert (before["askedId"], before["personId"]) == (ids["w"], ids["w"])
    assert [one["record"]["externalId"] for one in before["records"]] == ["w"]
    assert [one["record"]["externalId"] for one in now["records"]] == ["c", "w"]
    assert {one["until"] for one in now["records"]} == {None}
    assert (unknown["personId"], unknown["records"]) == (None, [])
    assert await ask_at(before_ms, phone=OLD) == before
    assert await ask_at(before_ms, phone="13912345678") is None
    assert await ask_at(before_ms, id="01ARZ3NDEKTSV4RRFFQ69G5FAV") is None


async def test_what_the_hub_will_believe_is_refused(client: httpx.AsyncClient) -> None:
    ahead = {"by": {"phone": OLD}, "at": write_instant(now_ms() + 60_000)}

    error = await ask_for_error(client, BELIEVED, ahead)

    assert error["extensions"] == {"code": "INVALID_INPUT"}
    assert "not known yet" in error["message"]


async def test_the_erased_are_erased_in_the_past_too(
    client: httpx.AsyncClient, graph: Graph, identity: Identity
) -> None:
    asked_ms, person = now_ms(), (await ids_of(client))["w"]
    await Members(graph, identity).erase(person)
    variables = {"by": {"id": person}, "at": write_instant(asked_ms)}

    errors = [await ask_for_error(client, query, variables) for query in (BELIEVED, VALID)]
    by_phone = await ask(client, VALID, {"by": {"phone": OLD}, "at": write_instant(NOON_MS - 1)})

    assert [error["extensions"] for error in errors] == [{"code": "ERASED"}] * 2
    assert by_phone == {"validPersons": None}


async def test_a_phone_that_several_held_says_who_they_were(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    others = [
        CustomerEvent(RecordKey("pos", name), NOON_MS, (RawIdentifier("phone", "", "13900000003"),), {"name": name})
        for name in ("王芳", "李强")
    ]
    await put(graph, settings, others)

    error = await ask_for_error(client, VALID, {"by": {"phone": "13900000003"}, "at": write_instant(NOON_MS)})

    assert error["extensions"]["code"] == "CONFLICT"


async def test_too_many_connected_records_are_refused(client: httpx.AsyncClient) -> None:
    resources = resources_of(client)
    resources.identity = resources.identity.under(replace(resources.identity.policy, max_component=1))

    error = await ask_for_error(client, VALID, {"by": {"phone": OLD}, "at": write_instant(NOON_MS)})

    assert error["extensions"] == {"code": "TOO_LARGE"}


async def test_identifiers_are_told_as_they_were_valid_at_an_instant(client: httpx.AsyncClient) -> None:
    async def held(at_ms: int) -> list[tuple[str, int]]:
        asked = f'identifiers(validAt: "{write_instant(at_ms)}") {{ masked sources {{ source }} }}'
        person = (await ask(client, f'{{ person(by: {{phone: "{NEW}"}}) {{ {asked} }} }}'))["person"]
        return [(one["masked"], len(one["sources"])) for one in person["identifiers"]]

    assert await held(NOON_MS - 1) == []
    assert sorted(await held(NOON_MS)) == [("139****0001", 1), ("139****0002", 1)]
    assert await held(LATER_MS) == [("139****0002", 2)]


async def test_a_person_tells_both_pasts_of_their_id(client: httpx.AsyncClient) -> None:
    ids, at = await ids_of(client), write_instant(NOON_MS)
    asked = """query ($id: ID!, $at: DateTime!) { person(by: {id: $id}) {
        believed(asOf: $at) { personId }
        valid(asOf: $at) { person { records { externalId } } others { personId } } } }"""

    for _ in range(2):  # by ordinary execution, and by a plan
        found = (await ask(client, asked, {"id": ids["w"], "at": at}))["person"]
        assert found["believed"] == {"personId": None}
        assert (records_of(found["valid"]["person"]), found["valid"]["others"]) == (["a", "w"], [])


async def test_what_was_worked_out_does_not_flow_back(client: httpx.AsyncClient) -> None:
    query = f'{{ person(by: {{phone: "{NEW}"}}) {{ valid(asOf: "{write_instant(NOON_MS)}") {{ validAt }} }} }}'

    for _ in range(2):  # by ordinary execution, and by a plan
        cost = (await client.post("/graphql", json={"query": query})).json()["extensions"]["cost"]
        assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (52, 52)


@pytest.mark.parametrize(
    ("field", "read"),
    [
        ("believed(asOf: $at) { personId }", {"as_of.fetch_places", "as_of.fetch_believed"}),
        (
            "valid(asOf: $at) { person { personId } }",
            {
                "as_of.find_records",
                "as_of.fetch_valid_by_records",
                "as_of.count_valid",
            },
        ),
    ],
)
async def test_the_past_of_a_hundred_takes_the_statements_of_two(
    settings: Settings, graph: Graph, field: str, read: set[str]
) -> None:
    counted: list[dict[str, int]] = []
    async with open_client(settings) as client:
        for persons in (2, 100):
            await put_crowd(graph, settings, persons, 0)
            query = f"query ($at: DateTime!) {{ persons(first: 100) {{ nodes {{ id past: {field} }} }} }}"
            for _ in range(2):  # by ordinary execution, and by a plan
                with count_statements() as counter:
                    nodes = (await ask(client, query, {"at": write_instant(now_ms())}))["persons"]["nodes"]
                told = [one["past"].get("personId") or one["past"]["person"]["personId"] for one in nodes]
                assert told == [one["id"] for one in nodes]
                assert len(nodes) == persons
                counted.append(dict(counter.by_name))

    assert counted == [counted[0]] * 4
    assert {name: count for name, count in counted[0].items() if name.startswith("as_of")} == dict.fromkeys(read, 1)
