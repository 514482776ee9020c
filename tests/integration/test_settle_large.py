"""Components beyond the bound wait for the background job, which gives what a write would have given."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from graph.database import Graph
from graph.unsettled import count_unsettled
from hub.core.errors import Unavailable
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.core.settings import Settings
from hub.core.vault import Vault
from hub.services import settle_large
from hub.services.facts import state_customer
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.personal_data.erase import erase_person
from hub.services.replay import replay
from hub.services.settle_large import settle_waiting
from tests.support.contents import empty, read_everything, read_partition
from tests.support.stewardship import read_births

pytestmark = pytest.mark.anyio

BOUND = 5


@pytest.fixture
def bounded(settings: Settings, identity: Identity) -> Identity:
    """An identity whose components may hold five records in a write."""
    return Identity(Vault(settings.require_identity_key()), replace(identity.policy, max_component=BOUND), "CN")


def link(number: int) -> CustomerEvent:
    """A record of a chain: it shares a card with the one before it and a phone with the one behind it."""
    left, right = divmod(number, 2)[0], (number + 1) // 2
    identifiers = (
        RawIdentifier("card", "pos", f"8{left:09d}"),
        RawIdentifier("phone", "", f"1380000{right:04d}"),
    )
    return CustomerEvent(RecordKey("pos", f"c{number:04d}"), number, identifiers)


async def put(graph: Graph, identity: Identity, events: list[CustomerEvent]) -> None:
    facts = [state_customer(identity, event, default_ms=1, source="test") for event in events]
    await graph.write(apply_facts, identity, facts, [])


async def test_the_background_job_gives_what_a_write_gives(graph: Graph, identity: Identity, bounded: Identity) -> None:
    events = [link(number) for number in range(40)]
    for event in events:
        await put(graph, identity, [event])
    expected = await read_partition(graph)
    await empty(graph)

    for event in events:
        await put(graph, bounded, [event])
    waiting = await count_unsettled(graph)
    unfinished = await read_partition(graph)
    done = await settle_waiting(graph, bounded.policy)

    assert waiting > 0
    assert unfinished != expected
    assert (done.components, done.records, done.waiting) == (1, 40, 0)
    assert await read_partition(graph) == expected
    assert (await replay(graph, identity.policy)).equal


async def test_another_run_has_nothing_to_do(graph: Graph, bounded: Identity) -> None:
    await put(graph, bounded, [link(number) for number in range(20)])
    await settle_waiting(graph, bounded.policy)

    assert await settle_waiting(graph, bounded.policy) == settle_large.SettledLarge()


async def test_a_run_that_dies_between_two_steps_is_finished_by_the_next(
    graph: Graph, identity: Identity, bounded: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle_large, "_STEP_RECORDS", 4)
    for number in range(40):
        await put(graph, bounded, [link(number)])

    def die(done: int, _total: int) -> None:
        if done > 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await settle_waiting(graph, bounded.policy, progress=die)
    assert await count_unsettled(graph) > 0

    await settle_waiting(graph, bounded.policy)
    assert (await replay(graph, identity.policy)).equal


async def test_what_arrives_while_the_job_runs_is_not_lost(
    graph: Graph, identity: Identity, bounded: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settle_large, "_STEP_RECORDS", 2)
    events = [link(number) for number in range(60)]
    await put(graph, bounded, events[:30])

    async def arrive() -> None:
        for event in events[30:]:
            await put(graph, bounded, [event])

    await asyncio.gather(arrive(), settle_waiting(graph, bounded.policy))
    while await count_unsettled(graph):
        await settle_waiting(graph, bounded.policy)

    assert (await replay(graph, identity.policy)).equal


async def test_a_component_that_never_holds_still_does_not_keep_others_waiting(
    graph: Graph, identity: Identity, bounded: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    restless, calm = [link(number) for number in range(20)], [link(number) for number in range(1000, 1020)]
    await put(graph, identity, calm)
    expected = await read_partition(graph)
    await empty(graph)
    for event in restless + calm:
        await put(graph, bounded, [event])
    unfinished = await read_partition(graph)
    write, instants = Graph.write, count(1_000)

    async def write_after_news(self: Graph, function: Any, *args: Any, **kwargs: Any) -> Any:
        if function is settle_large._write_step and str(restless[9].record) in args[2].places:
            await put(graph, bounded, [replace(restless[9], observed_ms=next(instants))])
        return await write(self, function, *args, **kwargs)

    monkeypatch.setattr(Graph, "write", write_after_news)
    with pytest.raises(Unavailable, match="changes faster"):
        await settle_waiting(graph, bounded.policy)

    assert not expected <= unfinished
    assert expected <= await read_partition(graph)
    assert await count_unsettled(graph) > 0


@pytest.mark.parametrize("overtaken", ["_write_step", "_finish"])
async def test_whoever_is_erased_while_the_job_runs_does_not_come_back(
    graph: Graph, identity: Identity, bounded: Identity, monkeypatch: pytest.MonkeyPatch, overtaken: str
) -> None:
    """Neither in the golden record of those whom the job joins, nor in a case that it opens."""
    gone = replace(link(9), profile={"city": "消失市"})
    await put(graph, bounded, [link(number) for number in range(9)])
    await put(graph, bounded, [gone])
    await put(graph, bounded, [link(number) for number in range(10, 40)])
    own_id = (await read_births(graph))[str(gone.record)]
    write = Graph.write

    async def write_once_erased(self: Graph, function: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(function, "__name__", "") == overtaken:
            monkeypatch.setattr(Graph, "write", write)
            await erase_person(graph, bounded, own_id, requested_by="li", reason="asked for it")
        return await write(self, function, *args, **kwargs)

    monkeypatch.setattr(Graph, "write", write_once_erased)
    await settle_waiting(graph, bounded.policy)
    while await count_unsettled(graph):
        await settle_waiting(graph, bounded.policy)

    left = "\n".join(await read_everything(graph))
    assert [word for word in ("消失市", str(gone.record)) if word in left] == []
    assert (await replay(graph, identity.policy)).equal
