"""The protocol graphql-transport-ws, code by code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final

import anyio
import httpx
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from graph.database import Graph
from hub.core.access import Scope
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.http import sockets
from hub.http.app import create_app
from hub.http.tokens import write_token
from hub.services.access.signing import Keys, load_keys
from hub.services.changes.stream import EventStream
from hub.services.identity import Identity
from tests.integration.api_events import Talk, talking
from tests.integration.api_tokens import get_token, make_client, serve_guarded
from tests.support.changes import relay_all
from tests.support.events import PHONES
from tests.support.ledger import Members
from tests.support.served import served_on
from tests.support.stewardship import put, read_births, said

pytestmark = pytest.mark.anyio

PERSONS: Final = "subscription { personChanged { personId } }"


@pytest.fixture
async def talk(address: str) -> AsyncIterator[Talk]:
    """A connection that has begun."""
    async with talking(address) as opened:
        await opened.begin()
        yield opened


async def change(graph: Graph, identity: Identity, stream: EventStream, number: int) -> str:
    """Somebody new, whom subscribers are told of."""
    await put(graph, identity, said(f"pos|{number}", ("phone", PHONES[number])))
    await relay_all(graph, stream)
    return (await read_births(graph))[f"pos|{number}"]


async def begin_following(talk: Talk) -> None:
    """A subscription `f` that has begun: what comes behind it in the connection is answered after it."""
    await talk.subscribe("f", PERSONS)
    await talk.subscribe("then", "{ lastEventId }")
    assert (await talk.hear())["id"] == "then"
    assert (await talk.hear()) == {"id": "then", "type": "complete"}


async def test_a_connection_carries_several_operations(
    talk: Talk, graph: Graph, identity: Identity, stream: EventStream
) -> None:
    await begin_following(talk)
    person = await change(graph, identity, stream, 0)
    told = await talk.hear()
    await talk.subscribe("q", "{ programmes { name } }")
    answers = [await talk.hear(), await talk.hear()]

    assert (told["id"], told["type"]) == ("f", "next")
    assert told["payload"]["data"] == {"personChanged": {"personId": person}}
    assert [(one["id"], one["type"]) for one in answers] == [("q", "next"), ("q", "complete")]
    assert answers[0]["payload"]["data"] == {"programmes": [{"name": "main"}]}


async def test_what_is_complete_is_not_told_any_more_and_frees_its_id(
    talk: Talk, graph: Graph, identity: Identity, stream: EventStream
) -> None:
    await begin_following(talk)
    await talk.say(id="f", type="complete")
    await begin_following(talk)
    await change(graph, identity, stream, 0)

    assert (await talk.hear())["type"] == "next"
    with pytest.raises(TimeoutError), anyio.fail_after(0.5):
        await talk.hear()


async def test_a_mutation_is_answered(talk: Talk, graph: Graph, identity: Identity) -> None:
    await Members(graph, identity).add("pos|a", PHONES[0])
    earn = """mutation { earn(input: {caller: "t", idempotencyKey: "1", record: {system: "pos", externalId: "a"},
                                      amount: 7}) { __typename } }"""
    await talk.subscribe("m", earn)
    assert (await talk.hear())["payload"]["data"] == {"earn": {"__typename": "LedgerDone"}}


async def test_errors_end_an_operation_and_not_the_connection(talk: Talk) -> None:
    await talk.subscribe("a", "subscription { nothing }")
    refused = await talk.hear()
    await talk.say(type="ping")

    assert (refused["id"], refused["type"]) == ("a", "error")
    assert refused["payload"][0]["extensions"]["code"] == "INVALID_QUERY"
    assert await talk.hear() == {"type": "pong"}


async def test_an_id_is_used_once_at_a_time(talk: Talk) -> None:
    await talk.subscribe("a", PERSONS)
    await talk.subscribe("a", PERSONS)

    assert await talk.closed() == (4409, "Subscriber for a already exists")


async def test_a_connection_begins_once(talk: Talk) -> None:
    await talk.say(type="connection_init")

    assert await talk.closed() == (4429, "Too many initialisation requests")


@pytest.mark.parametrize("said", ["no JSON", "[]", '{"type": "shout"}', '{"type": "subscribe", "id": ""}'])
async def test_what_is_no_message_closes_it(talk: Talk, said: str) -> None:
    await talk.socket.send(said)

    assert (await talk.closed())[0] == 4400


async def test_nothing_is_answered_before_it_begins(address: str) -> None:
    async with talking(address) as talk:
        await talk.subscribe("a", PERSONS)
        assert await talk.closed() == (4401, "Unauthorized")


async def test_whoever_does_not_begin_is_closed(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_INIT_WITHIN_S", 0.2)
    async with talking(address) as talk:
        assert await talk.closed() == (4408, "Connection initialisation timeout")


async def test_another_protocol_is_not_spoken(address: str) -> None:
    async with talking(address, protocol="graphql-ws") as talk:
        assert (await talk.closed())[0] == 4406


async def test_a_page_of_another_site_is_not_connected(address: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with talking(address, origin="https://elsewhere.example"):
            pass
    async with talking(address, origin=address) as own:
        await own.begin()

    assert refused.value.response.status_code == 403


async def test_one_connection_more_than_there_may_be_is_closed_until_another_ends(
    settings: Settings, graph: Graph, stream: EventStream
) -> None:
    with served_on(create_app(settings.model_copy(update={"graphql_max_sockets": 1}))) as address:
        async with talking(address) as talk, talking(address) as refused:
            code, reason = await refused.closed()
            await talk.begin()
        # The server hears a moment later than we that the first one has ended.
        later = [await can_begin(address) for _ in range(50)]

    assert any(later)
    assert (code, reason[:18] if reason else "") == (1013, "There are as many ")


async def test_an_address_has_a_share_of_the_connections(settings: Settings, graph: Graph, stream: EventStream) -> None:
    with served_on(create_app(settings.model_copy(update={"graphql_max_sockets_per_client": 1}))) as address:
        async with talking(address) as talk, talking(address) as refused:
            code, reason = await refused.closed()
            await talk.begin()
        later = [await can_begin(address) for _ in range(50)]

    assert any(later)
    assert (code, reason[:24] if reason else "") == (1013, "You have as many connect")


async def test_a_client_has_a_share_whatever_others_at_its_address_have(
    settings: Settings, graph: Graph, stream: EventStream
) -> None:
    made = [await make_client(graph, Scope.PERSON_READ) for _ in range(2)]
    with serve_guarded(settings.model_copy(update={"graphql_max_sockets_per_client": 1})) as address:
        async with httpx.AsyncClient(base_url=address) as client:
            mine, theirs = [f"Bearer {await get_token(client, one)}" for one in made]
        async with talking(address) as first:
            await first.begin(authorization=mine)
            async with talking(address) as second:
                await second.say(type="connection_init", payload={"Authorization": mine})
                code, _ = await second.closed()
            for _ in range(50):  # the server hears a moment later than we that the refused one has gone
                async with talking(address) as other:
                    await other.say(type="connection_init", payload={"Authorization": theirs})
                    with suppress(ConnectionClosedError):
                        assert (await other.hear())["type"] == "connection_ack"
                        break
            else:
                pytest.fail("the other client was never let in")

    assert code == 1013


async def can_begin(address: str) -> Any:
    """Whether a connection is served."""
    async with talking(address) as talk:
        try:
            await talk.say(type="ping")
            return (await talk.hear())["type"] == "pong"
        except ConnectionClosedError:
            return False


async def test_a_message_is_only_so_large(settings: Settings, graph: Graph, talk: Talk) -> None:
    await talk.socket.send("x" * (Settings().http_max_body_bytes + 1))

    assert (await talk.closed())[0] == 1009


async def test_a_server_that_stops_says_so(settings: Settings, graph: Graph, stream: EventStream) -> None:
    serving = served_on(create_app(settings))
    async with talking(serving.__enter__()) as talk:
        await talk.begin()
        await talk.subscribe("a", PERSONS)
        await anyio.to_thread.run_sync(serving.__exit__, None, None, None)
        assert (await talk.closed())[0] == 1001


async def test_tokens_open_a_connection_until_they_expire(
    settings: Settings, graph: Graph, identity: Identity, stream: EventStream
) -> None:
    made = await make_client(graph, Scope.PERSON_READ)
    with serve_guarded(settings) as address:
        async with httpx.AsyncClient(base_url=address) as client:
            token = await get_token(client, made)
        async with talking(address) as talk:
            await talk.say(type="connection_init", payload={"Authorization": "Bearer none"})
            assert (await talk.closed())[0] == 4403
        async with talking(address) as talk:
            await talk.begin(authorization=f"Bearer {token}")
            await begin_following(talk)
            await talk.subscribe("b", "subscription { balanceChanged { personId } }")
            assert (await talk.hear())["payload"][0]["extensions"]["code"] == "FORBIDDEN"
            person = await change(graph, identity, stream, 0)
            assert (await talk.hear())["payload"]["data"]["personChanged"]["personId"] == person
        keys = await load_keys(graph, identity.vault, now_ms=now_ms(), known=Keys())
        assert keys.signing is not None
        brief = write_token(
            settings.issuer_uri, made.client.id, "person:read", key=keys.signing, now_ms=now_ms(), lifetime_s=2
        )
        async with talking(address) as talk:
            await talk.begin(Authorization=f"Bearer {brief}")
            code, reason = await talk.closed()

    assert (code, reason) == (4403, "Forbidden: the token has expired, connect again with another one")
