"""Subscriptions as their callers see them, by server-sent events."""

from __future__ import annotations

from threading import Event
from typing import Final

import anyio
import httpx
import pytest
import strawberry
from anyio import to_thread

from graph.database import Graph
from hub.core.access import Scope
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.http.app import create_app
from hub.services.changes.stream import EventStream
from hub.services.identity import Identity
from hub.services.personal_data.erase import erase_person
from resolvers import subscription
from resolvers.context import Context
from tests.integration.api_events import listening, talking
from tests.integration.api_tokens import get_token, make_client, serve_guarded
from tests.support.changes import relay_all
from tests.support.events import PHONES
from tests.support.ledger import Members
from tests.support.served import served_on
from tests.support.stewardship import find_cases, put, read_births, said

pytestmark = pytest.mark.anyio

A, B = "pos|a", "pos|b"
PERSONS: Final = """
    subscription ($persons: [ID!], $after: ID) {
      personChanged(persons: $persons, after: $after) { eventId at personId person { id records { externalId } } }
    }
"""


@pytest.fixture
async def person(graph: Graph, identity: Identity, stream: EventStream) -> str:
    """Somebody of whom everything was told."""
    await put(graph, identity, said(A, ("phone", PHONES[0])))
    await relay_all(graph, stream)
    return (await read_births(graph))[A]


async def test_a_change_is_told_with_what_is_there_now(
    address: str, graph: Graph, identity: Identity, stream: EventStream, person: str
) -> None:
    async with listening(address, PERSONS, {"persons": [person]}) as listener:
        assert listener.response.headers["content-type"].startswith("text/event-stream")
        await put(graph, identity, said(B, ("phone", PHONES[1])))
        await put(graph, identity, said("pos|c", ("phone", PHONES[0])))
        await relay_all(graph, stream)
        told = (await listener.told())["personChanged"]

    assert told["personId"] == person
    assert told["person"] == {"id": person, "records": [{"externalId": "a"}, {"externalId": "c"}]}


@pytest.mark.parametrize("beside", [False, True], ids=["argument", "header"])
async def test_whoever_was_away_goes_on_where_they_were(
    address: str, graph: Graph, identity: Identity, stream: EventStream, person: str, beside: bool
) -> None:
    async with listening(address, PERSONS) as listener:
        await put(graph, identity, said(B, ("phone", PHONES[1])))
        await relay_all(graph, stream)
        first = await listener.next()
    for number in range(2, 5):
        await put(graph, identity, said(f"pos|{number}", ("phone", PHONES[number])))
        await relay_all(graph, stream)
    births = await read_births(graph)

    assert first.id == first.body["data"]["personChanged"]["eventId"]
    place = {"after": first.id} if beside else {}
    async with listening(address, PERSONS, {} if beside else {"after": first.id}, **place) as listener:
        told = [(await listener.told())["personChanged"]["personId"] for _ in range(3)]
        await put(graph, identity, said("pos|5", ("phone", PHONES[5])))
        await relay_all(graph, stream)
        told.append((await listener.told())["personChanged"]["personId"])

    assert told == [*(births[f"pos|{number}"] for number in range(2, 5)), (await read_births(graph))["pos|5"]]


async def test_what_was_read_before_goes_on_from_the_last_event(
    address: str, graph: Graph, identity: Identity, stream: EventStream, person: str
) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        last = (await client.post("/graphql", json={"query": "{ lastEventId }"})).json()["data"]["lastEventId"]
    await put(graph, identity, said(B, ("phone", PHONES[1])))
    await relay_all(graph, stream)

    async with listening(address, PERSONS, {"after": last}) as listener:
        assert (await listener.told())["personChanged"]["personId"] == (await read_births(graph))[B]


async def test_an_erased_person_is_told_as_erased(
    address: str, graph: Graph, identity: Identity, stream: EventStream, person: str
) -> None:
    async with listening(address, PERSONS, {"persons": [person]}) as listener:
        await erase_person(graph, identity, person, requested_by="li", reason="asked for")
        await relay_all(graph, stream)
        body = (await listener.next()).body

    told = body["data"]["personChanged"]
    assert (told["personId"], told["person"]) == (person, None)
    assert [error["extensions"]["code"] for error in body["errors"]] == ["ERASED"]


async def test_balances_are_told_with_what_is_left(
    address: str, graph: Graph, identity: Identity, stream: EventStream, person: str
) -> None:
    members = Members(graph, identity)
    query = "subscription { balanceChanged { personId balances { programme asset } person { id } } }"
    async with listening(address, query) as listener:
        await members.earn(A, 100)
        await relay_all(graph, stream)
        told = (await listener.told())["balanceChanged"]

    assert told["person"]["id"] == told["personId"] == person
    assert {"programme": "main", "asset": "points"} in told["balances"]


async def test_a_balance_of_who_was_erased_since_then_is_told_as_erased(
    address: str, graph: Graph, identity: Identity, stream: EventStream, person: str
) -> None:
    last = str((await stream.find_ends()).last)
    await Members(graph, identity).earn(A, 100)
    await relay_all(graph, stream)
    await erase_person(graph, identity, person, requested_by="li", reason="asked for")

    query = "subscription { balanceChanged { personId balances { programme available } } }"
    async with listening(address, query, after=last) as listener:
        body = (await listener.next()).body

    assert [error["extensions"]["code"] for error in body["errors"]] == ["ERASED"]


async def test_a_balance_of_who_was_merged_since_then_is_what_they_hold_together(
    address: str, graph: Graph, identity: Identity, stream: EventStream, person: str
) -> None:
    await put(graph, identity, said(B, ("phone", PHONES[1])))
    await relay_all(graph, stream)
    last = str((await stream.find_ends()).last)
    await Members(graph, identity, now_ms=now_ms()).earn(B, 100)
    await relay_all(graph, stream)
    await put(graph, identity, said(B, ("phone", PHONES[0]), at=2))

    query = "subscription { balanceChanged { personId person { id } balances { asset available } } }"
    async with listening(address, query, after=last) as listener:
        told = (await listener.told())["balanceChanged"]

    assert (told["personId"], told["person"]["id"]) == ((await read_births(graph))[B], person)
    assert {"asset": "points", "available": 100} in told["balances"]


async def test_a_merge_between_looking_somebody_up_and_following_them_is_heard(
    address: str, graph: Graph, identity: Identity, stream: EventStream, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(graph, identity, said(B, ("phone", PHONES[1])))
    await relay_all(graph, stream)
    looked_up, merged = Event(), Event()
    find_ids = subscription._find_ids

    async def find_slowly(context: Context, persons: list[strawberry.ID] | None) -> set[str] | None:
        found = await find_ids(context, persons)
        looked_up.set()
        await to_thread.run_sync(merged.wait)
        return found

    async def merge() -> None:
        await to_thread.run_sync(looked_up.wait)
        await put(graph, identity, said(B, ("phone", PHONES[0]), at=2))
        await relay_all(graph, stream)
        merged.set()

    monkeypatch.setattr(subscription, "_find_ids", find_slowly)
    async with anyio.create_task_group() as beside:
        beside.start_soon(merge)
        async with listening(address, PERSONS, {"persons": [(await read_births(graph))[B]]}) as listener:
            told = (await listener.told())["personChanged"]

    assert told["person"]["id"] == person


async def test_cases_are_told(address: str, graph: Graph, identity: Identity, stream: EventStream, person: str) -> None:
    query = "subscription { caseChanged { caseId case { id number kind state records } } }"
    async with listening(address, query) as listener:
        await put(graph, identity, said(A, ("unionid", "u1"), at=2), said(B, ("unionid", "u2")))
        await put(graph, identity, said(B, ("phone", PHONES[0]), at=3))
        await relay_all(graph, stream)
        told = (await listener.told())["caseChanged"]
    [case] = await find_cases(graph)

    shown = told["case"]
    assert (shown["number"], shown["kind"], shown["state"], shown["records"]) == (case.id, case.kind, "open", 2)
    async with httpx.AsyncClient(base_url=address) as client:
        asked = {"query": f'{{ node(id: "{told["caseId"]}") {{ ... on Case {{ id number }} }} }}'}
        found = (await client.post("/graphql", json=asked)).json()["data"]["node"]
    assert found == {"id": shown["id"], "number": case.id}


async def test_a_query_is_answered_and_complete(address: str, person: str) -> None:
    async with listening(address, "{ programmes { name } }") as listener:
        assert await listener.told() == {"programmes": [{"name": "main"}]}
        assert (await listener.next())[:2] == ("complete", "")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { personChanged { nothing } }", "INVALID_QUERY"),
        ("subscription { ", "INVALID_QUERY"),
        ('subscription { personChanged(after: "yesterday") { eventId } }', "INVALID_INPUT"),
        ('subscription { personChanged(after: "1-0") { eventId } }', "EVENTS_GONE"),
        ('subscription { personChanged(persons: ["01ARZ3NDEKTSV4RRFFQ69G5FAV"]) { eventId } }', "NOT_FOUND"),
    ],
)
async def test_what_cannot_be_followed_is_refused_before_it_begins(
    address: str, person: str, query: str, code: str
) -> None:
    async with listening(address, query) as listener:
        await listener.response.aread()

    assert listener.response.status_code == 400
    assert [error["extensions"]["code"] for error in listener.response.json()["errors"]] == [code]


async def test_a_subscription_without_events_says_how_to_ask(address: str) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        response = await client.post("/graphql", json={"query": PERSONS})

    assert response.status_code == 405
    assert "text/event-stream" in response.json()["errors"][0]["message"]


async def test_the_gate_is_that_of_any_operation(
    settings: Settings, graph: Graph, identity: Identity, stream: EventStream, person: str
) -> None:
    points = await make_client(graph, Scope.POINTS_READ, programmes=("tea",))
    with serve_guarded(settings) as address:
        async with httpx.AsyncClient(base_url=address) as client:
            token = await get_token(client, points)
        async with listening(address, PERSONS) as nobody:
            assert nobody.response.status_code == 401
        async with listening(address, PERSONS, token=token) as narrow:
            assert narrow.response.status_code == 403
        async with listening(address, "subscription { balanceChanged { personId } }", token=token) as listener:
            await Members(graph, identity).earn(A, 100)
            await relay_all(graph, stream)
            with pytest.raises(TimeoutError), anyio.fail_after(1):
                await listener.next()


async def test_a_server_that_stops_ends_its_streams(settings: Settings, graph: Graph, stream: EventStream) -> None:
    serving = served_on(create_app(settings))
    address = serving.__enter__()
    async with listening(address, PERSONS) as listener:
        await anyio.sleep(0.2)
        await anyio.to_thread.run_sync(serving.__exit__, None, None, None)
        last = await listener.next()
        complete = await listener.next()

    assert [error["extensions"]["code"] for error in last.body["errors"]] == ["UNAVAILABLE"]
    assert complete.event == "complete"


async def test_a_client_has_so_many_subscriptions_and_no_more(
    settings: Settings, graph: Graph, stream: EventStream
) -> None:
    with served_on(create_app(settings.model_copy(update={"graphql_max_subscriptions": 1}))) as address:
        async with listening(address, PERSONS), listening(address, PERSONS) as second:
            assert second.response.status_code == 429
        with anyio.fail_after(5):
            while True:
                async with listening(address, PERSONS) as third:
                    if third.response.status_code == 200:
                        break


async def test_who_subscribes_many_times_at_once_has_no_more(
    settings: Settings, graph: Graph, stream: EventStream
) -> None:
    with served_on(create_app(settings.model_copy(update={"graphql_max_subscriptions": 1}))) as address:
        async with talking(address) as talk:
            await talk.begin()
            for number in range(8):
                await talk.subscribe(str(number), PERSONS)
            refused = [await talk.hear() for _ in range(7)]
            with pytest.raises(TimeoutError), anyio.fail_after(0.5):
                await talk.socket.recv()

    assert {one["type"] for one in refused} == {"error"}
    assert {one["payload"][0]["extensions"]["code"] for one in refused} == {"THROTTLED"}
