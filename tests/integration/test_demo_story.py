"""The story of one customer's points."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.errors import NotFound
from hub.core.settings import Settings
from hub.demo.story import PHONE, Step, Story
from hub.services.identity import Identity
from hub.services.ledger.verify import verify_ledger
from hub.services.personal_data.erase import erase_person
from hub.services.programme.shipped import shipped_programme
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub
from tests.support.contents import read_everything, read_partition
from tests.support.stewardship import read_births

pytestmark = pytest.mark.anyio

APART = {frozenset({"tmall:flagship|story-tmall", "pos|story-card"}), frozenset({"wechat:mini|story-wechat"})}


def begin(graph: Graph, identity: Identity, settings: Settings, now_ms: int = 1_790_000_000_000) -> Story:
    return Story(graph, identity, shipped_programme(ZoneInfo(settings.timezone)), now_ms)


def points(step: Step) -> list[int]:
    return [holder.balance.available for holder in step.holders]


async def test_the_story_shows_each_steps_entries_and_balances(
    graph: Graph, identity: Identity, settings: Settings
) -> None:
    steps = [step async for step in begin(graph, identity, settings).tell()]

    assert [points(step) for step in steps] == [[120, 0], [70, 0], [90, 0], [90, 30], [120], [20], [0, 20]]
    amounts = [[(one.entry.kind.value, one.entry.amount) for one in step.entries] for step in steps]
    assert amounts == [
        [("earn", 120)],
        [("spend", -50)],
        [("refund", 20)],
        [("earn", 30)],
        [],
        [("spend", -90), ("spend", -10)],
        [],
    ]
    assert await read_partition(graph) == APART
    assert not (await verify_ledger(graph, now_ms=now_ms())).wrong


async def test_the_story_told_again_changes_nothing(graph: Graph, identity: Identity, settings: Settings) -> None:
    first = [step async for step in begin(graph, identity, settings).tell()]
    before = await read_everything(graph)

    again = [step async for step in begin(graph, identity, settings, 1_790_000_900_000).tell()]

    assert await read_everything(graph) == before
    assert [step.entries for step in again] == [step.entries for step in first if step.title != first[4].title]
    assert [bool(step.holders) for step in again] == [False] * 5 + [True]


@pytest.mark.parametrize("steps", range(1, 7))
async def test_a_story_that_is_broken_off_is_told_to_its_end_the_next_time(
    graph: Graph, identity: Identity, settings: Settings, steps: int
) -> None:
    story = begin(graph, identity, settings).tell()
    for _ in range(steps):
        await anext(story)
    await story.aclose()

    told = [step async for step in begin(graph, identity, settings).tell()]

    assert points(told[-1]) == [0, 20]
    assert await read_partition(graph) == APART
    assert not (await verify_ledger(graph, now_ms=now_ms())).wrong


async def test_a_story_whose_customer_was_erased_says_so(graph: Graph, identity: Identity, settings: Settings) -> None:
    async for _ in begin(graph, identity, settings).tell():
        pass
    person = (await read_births(graph))["pos|story-card"]
    await erase_person(graph, identity, person, requested_by="test", reason="asked for")

    with pytest.raises(NotFound):
        async for _ in begin(graph, identity, settings).tell():
            pass


async def test_the_command_tells_it_and_its_customers_ledger_can_be_asked_for(graph: Graph, settings: Settings) -> None:
    environ = environ_of(settings)

    told = run_hub(environ, "demo", "story")
    again = run_hub(environ, "demo", "story")
    ledger = run_hub(environ, "ledger", PHONE)

    assert (told.returncode, again.returncode, ledger.returncode) == (0, 0, 0), told.stderr + again.stderr
    assert "7. The steward was wrong" in told.stdout
    assert "told before" in again.stdout
    for words in ("tmall:flagship|story-tmall", "refund", "+20", "story|5-spend-together"):
        assert words in ledger.stdout
