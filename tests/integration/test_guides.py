"""Every example of a guide is run, in its order, and answers what the guide says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.http.app import create_app
from hub.services.identity import Identity
from tests.integration.api_client import open_client, post
from tests.integration.api_events import listening
from tests.support.changes import open_stream, relay_all
from tests.support.ledger import Members
from tests.support.served import served_on

pytestmark = pytest.mark.anyio

_DOCS: Final = Path(__file__).parents[2] / "docs"
_FOLLOWED: Final = re.compile(r"```graphql\n(subscription.*?)```\n[^`]*```json\n(.*?)```", re.DOTALL)
_EXAMPLE: Final = re.compile(r"```graphql\n(.*?)```\n```json\n(.*?)```\n```json\n(.*?)```", re.DOTALL)


def read_examples(guide: str) -> list[tuple[str, Any, Any]]:
    """Documents with their variables and answers."""
    text = (_DOCS / guide).read_text(encoding="utf-8")
    found = [(query, json.loads(variables), json.loads(answer)) for query, variables, answer in _EXAMPLE.findall(text)]
    assert len(found) == text.count("```graphql")
    return found


async def test_the_till_guide_is_true(settings: Settings, graph: Graph, identity: Identity) -> None:
    await Members(graph, identity).add("pos|C1", "18029876359")

    async with open_client(settings) as client:
        for query, variables, expected in read_examples("till.md"):
            answer = (await post(client, query, variables)).json()
            del answer["extensions"]
            assert answer == expected, query


async def test_the_guide_to_subscriptions_is_true(settings: Settings, graph: Graph, identity: Identity) -> None:
    members = Members(graph, identity, now_ms=now_ms())
    person = await members.add("pos|C1", "18029876359")
    guide = (_DOCS / "subscriptions.md").read_text(encoding="utf-8")
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
