"""Every example of a guide is run, in its order, and answers what the guide says."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import httpx
import pytest
from graphql import FieldNode, OperationDefinitionNode, parse

from graph.database import Graph
from hub.core.access import Grant, Scope
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.http.app import create_app
from hub.services.identity import Identity
from resolvers.budget import count_objects
from resolvers.schema import schema
from tests.integration.api_client import open_client, post
from tests.integration.api_events import listening
from tests.integration.api_people import NOON_MS, put_import, put_ming_and_hua
from tests.integration.api_tokens import get_token, make_client, open_guarded
from tests.integration.guides import (
    Example,
    Message,
    fits,
    give_cursors,
    read_cursors,
    read_examples,
    read_exchanges,
    read_guide,
)
from tests.support.changes import open_stream, relay_all
from tests.support.ledger import Members
from tests.support.served import served_on

pytestmark = pytest.mark.anyio

_PRICE: Final = re.compile(r"Opened by (.*); costs (\d+)\.")
_PEOPLE: Final = ("pagination.md", "examples.md")
_FOLLOWED: Final = re.compile(r"```graphql\n(subscription.*?)```\n[^`]*```json\n(.*?)```", re.DOTALL)


async def run_guide(settings: Settings, guide: str) -> None:
    cursors: dict[str, Any] = {}
    async with open_client(settings) as client:
        for example in read_examples(guide):
            response = await post(client, example.query, give_cursors(example.variables, cursors))
            answer = response.json()
            del answer["extensions"]
            assert fits(answer, example.answer), (example.query, answer)
            cursors |= read_cursors(answer)


@pytest.mark.parametrize("guide", ["till.md", "idempotency.md"])
async def test_a_guide_to_one_customer_is_true(
    settings: Settings, graph: Graph, identity: Identity, guide: str
) -> None:
    await Members(graph, identity).add("pos|C1", "18029876359")

    await run_guide(settings, guide)


@pytest.mark.parametrize("guide", _PEOPLE)
async def test_a_guide_to_ming_and_hua_is_true(settings: Settings, graph: Graph, guide: str) -> None:
    await put_ming_and_hua(graph, settings)
    await put_import(graph, "pos", observed_ms=NOON_MS)

    await run_guide(settings, guide)


@pytest.mark.parametrize("example", read_examples("examples.md"), ids=lambda one: one.query.split("(")[0].split()[1])
def test_an_example_says_what_opens_it_and_what_it_costs(example: Example) -> None:
    said = _PRICE.findall(example.words)
    document = parse(example.query)
    [(opened_by, cost)] = said
    scopes = frozenset(Scope(name) for name in re.findall(r"`([a-z:]+)`", opened_by))

    def is_open_to(given: frozenset[Scope]) -> bool:
        return schema.gate.judge(example.query, None, document, Grant("test", given, None, "test")).refusal is None

    assert is_open_to(scopes)
    assert not any(is_open_to(scopes - {one}) for one in scopes)
    assert count_objects(document, None, example.variables) == int(cost)


def test_the_examples_show_every_query() -> None:
    shown = set[str]()
    for example in read_examples("examples.md"):
        [operation] = parse(example.query).definitions
        assert isinstance(operation, OperationDefinitionNode)
        shown |= {field.name.value for field in operation.selection_set.selections if isinstance(field, FieldNode)}

    query = schema._schema.query_type
    assert query is not None
    assert {name for name in query.fields if not name.startswith("_")} == shown


async def test_the_guide_to_errors_is_true(settings: Settings, graph: Graph, identity: Identity) -> None:
    await put_ming_and_hua(graph, settings)
    members = Members(graph, identity)
    erased = await members.add("pos|gone", "18029876359")
    await members.erase(erased)
    little = {"graphql_explore": "off", "graphql_max_cost": 30, "graphql_bucket": 30, "graphql_restore_per_s": 1}
    made = await make_client(graph, Scope.PERSON_READ, Scope.POINTS_WRITE, Scope.MEMBERSHIP_READ)

    async with open_guarded(settings.model_copy(update=little)) as client:
        known = {"TOKEN": await get_token(client, made), "ERASED": erased}
        for asked, expected in read_exchanges("errors.md", known):
            check_answer(await send(client, asked), expected, asked)


def test_the_guide_to_errors_tells_of_every_code() -> None:
    codes = re.findall(r"^\| `([A-Z_]+)` \|", read_guide("graphql.md").partition("## Errors")[2], re.MULTILINE)
    told = read_guide("errors.md")

    assert [code for code in codes if f"`{code}`" not in told and f'"{code}"' not in told] == []
    assert len(codes) > 10


async def send(client: httpx.AsyncClient, message: Message) -> httpx.Response:
    method, address = message.start
    return await client.request(method, address, headers=message.headers, json=message.body)


def check_answer(response: httpx.Response, expected: Message, asked: Message) -> None:
    body = response.json()
    for told_always in ("cost", "writeToken"):
        body.get("extensions", {}).pop(told_always, None)
    if not body.get("extensions", True):
        del body["extensions"]
    assert response.status_code == int(expected.start[1]), (asked, body)
    assert fits({name: response.headers[name] for name in expected.headers}, expected.headers), response.headers
    assert fits(body, expected.body), (asked, body)


async def test_the_guide_to_subscriptions_is_true(settings: Settings, graph: Graph, identity: Identity) -> None:
    members = Members(graph, identity, now_ms=now_ms())
    person = await members.add("pos|C1", "18029876359")
    guide = read_guide("subscriptions.md")
    (screen, moved), (points, earned) = _FOLLOWED.findall(guide)
    assert guide.count("```graphql") == 2

    async with open_stream(settings) as stream:
        await relay_all(graph, stream)
        with served_on(create_app(settings)) as address:
            following = listening(address, screen, {"persons": [person]})
            async with following as of_persons, listening(address, points) as of_points:
                await members.add("wechat:mini|W1", "18029876359")
                await relay_all(graph, stream)
                assert await of_persons.told() == json.loads(moved)["data"]
                await members.earn("pos|C1", 500)
                await relay_all(graph, stream)
                assert await of_points.told() == json.loads(earned)["data"]
