"""A running API answers by the policy in force, also when that was published after it started."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from graph.database import Graph
from hub.core.settings import Settings
from hub.http import in_force as following
from hub.services.policy import DEFAULT_TEXT, publish_policy
from tests.integration.api_client import open_client, post

pytestmark = pytest.mark.anyio

BY_BADGE = '{ person(by: {identifier: {type: "badge", value: "B-1"}}) { id } }'
BADGE = "types:\n  badge:\n    normaliser: folded\n    power: strong\n    priority: 900\n"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_LOOK_EVERY_S", 0.02)


def with_badges() -> str:
    assert DEFAULT_TEXT.count("\ntypes:\n") == 1
    return DEFAULT_TEXT.replace("\ntypes:\n", f"\n{BADGE}")


async def ask_by_badge(client: httpx.AsyncClient) -> Any:
    return (await post(client, BY_BADGE)).json()


async def wait_for_answer(client: httpx.AsyncClient) -> Any:
    while "errors" in (answer := await ask_by_badge(client)):  # noqa: ASYNC110 # only the answer tells
        await asyncio.sleep(0.02)
    return answer


async def test_a_policy_published_meanwhile_is_the_one_that_requests_are_answered_by(
    settings: Settings, graph: Graph
) -> None:
    async with open_client(settings) as client:
        refused = await ask_by_badge(client)
        await publish_policy(graph, with_badges(), "li", "badges count")
        answered = await wait_for_answer(client)

    assert "is not a type of identifier" in refused["errors"][0]["message"]
    assert answered["data"] == {"person": None}


async def test_a_failed_look_is_made_up_for_by_a_later_one(
    settings: Settings, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, failures = Graph.read, [RuntimeError("cut off"), RuntimeError("cut off again")]

    failed = asyncio.Event()

    async def read_unreliably(self: Graph, *args: Any, **kwargs: Any) -> Any:
        if failures:
            raise failures.pop()
        failed.set()
        return await read(self, *args, **kwargs)

    async with open_client(settings) as client:
        monkeypatch.setattr(Graph, "read", read_unreliably)
        await failed.wait()
        await publish_policy(graph, with_badges(), "li", "badges count")

        assert (await wait_for_answer(client))["data"] == {"person": None}
