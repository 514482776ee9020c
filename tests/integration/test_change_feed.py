"""What was marked is told once to whoever follows, whatever breaks down in between."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from typing import cast

import anyio
import pytest

from graph import partition
from graph.changes import Mark, count
from graph.database import Graph, Transaction
from hub.core.errors import EventsGone, TooSlow
from hub.core.settings import Settings
from hub.http.ending import beside
from hub.services.changes.events import Event, Place, Telling, Wanted
from hub.services.changes.feed import Feed
from hub.services.changes.relay import relay_changes
from hub.services.changes.stream import EventStream
from hub.services.identity import Identity
from tests.simulation.shaky import ProcessDied, ShakyGraph
from tests.support.changes import open_stream, relay_all
from tests.support.events import PHONES
from tests.support.stewardship import put, read_births, said

pytestmark = pytest.mark.anyio

END = Place(2**62, 0)


def about(subject: str, mark: str = "") -> Telling:
    return Telling(Event("person", subject, frozenset([subject]), None, 0), (mark or subject,))


async def mark(graph: Graph, subjects: Iterable[str]) -> None:
    async def write(tx: Transaction) -> None:
        await partition.put_persons(tx, {}, [Mark("person", subject) for subject in subjects])

    await graph.write(write)


async def read_subjects(stream: EventStream) -> list[str]:
    await stream.find_ends()
    found = await stream.fetch(Place(0, 0), END, limit=10_000)
    return [event.subject for event in found if event.kind == "person"]


async def collect(feed: Feed, place: Place, wanted: Wanted, number: int) -> list[Event]:
    """The next events of somebody who leaves then."""
    found: list[Event] = []
    with anyio.fail_after(20):
        async with aclosing(feed.follow(place, wanted)) as events:
            async for event in events:
                found.append(event)
                if len(found) == number:
                    break
    return found


class DyingStream(EventStream):
    """A stream whose teller dies before or after it was told."""

    chooser = random.Random(0)

    async def append(self, tellings: Iterable[Telling]) -> int:
        fate = self.chooser.randrange(3)
        if fate == 0:
            raise ProcessDied
        told = await super().append(tellings)
        if fate == 1:
            raise ProcessDied
        return told


@pytest.mark.parametrize("seed", range(3))
async def test_each_mark_is_told_once_wherever_the_relay_dies(graph: Graph, stream: EventStream, seed: int) -> None:
    chooser = random.Random(seed)
    dying = DyingStream(stream._queue, stream._key.removesuffix(":changes"), kept=10_000)
    dying.chooser = chooser
    shaky = cast(Graph, ShakyGraph(graph, chooser, most_statements=4))
    subjects = [f"p{number}" for number in range(12)]

    for start in range(0, 12, 3):
        await mark(graph, subjects[start : start + 3])
        with suppress(ProcessDied):
            await relay_changes(shaky, dying)
    await relay_all(graph, stream)

    assert Counter(await read_subjects(stream)) == Counter(subjects)
    assert (await count(graph)).waiting == 0


async def test_several_relays_tell_once_and_in_order(graph: Graph, stream: EventStream) -> None:
    for number in range(20):
        await mark(graph, [f"p{number:02d}"])

    async with anyio.create_task_group() as relays:
        for _ in range(3):
            relays.start_soon(relay_all, graph, stream)

    assert await read_subjects(stream) == [f"p{number:02d}" for number in range(20)]


async def test_a_person_is_told_by_whom_they_are_now(graph: Graph, identity: Identity, stream: EventStream) -> None:
    await put(graph, identity, said("pos|a", ("phone", PHONES[0])))
    await put(graph, identity, said("pos|b", ("phone", PHONES[1])))
    births = await read_births(graph)
    first, second = births["pos|a"], births["pos|b"]
    await relay_all(graph, stream)
    before = (await stream.find_ends()).last

    await put(graph, identity, said("pos|b", ("phone", PHONES[0]), at=2))
    await relay_all(graph, stream)
    wanted = Wanted("person", {second})
    told = [one for one in await stream.fetch(before, END, limit=10) if wanted(one)]

    assert [(one.subject, one.ids) for one in told] == [(first, frozenset([first, second]))]
    assert wanted(about(first).event), "whoever followed the one follows the other from then on"


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_drops_out_goes_on_without_a_gap_or_a_repeat(stream: EventStream, seed: int) -> None:
    chooser = random.Random(seed)
    feed = Feed(stream, most_behind_s=60)
    place = (await stream.find_ends()).last
    subjects = [f"p{number}" for number in range(150)]
    heard: list[str] = []

    async def tell() -> None:
        for subject in subjects:
            await stream.append([about(subject)])
            if chooser.random() < 0.2:
                await anyio.sleep(0.005)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(feed.run)
        tasks.start_soon(tell)
        while len(heard) < len(subjects):
            wanted = min(chooser.randrange(1, 30), len(subjects) - len(heard))
            told = await collect(feed, await feed.begin(place), Wanted("person"), wanted)
            heard += [event.subject for event in told]
            place = told[-1].place or place
        tasks.cancel_scope.cancel()

    assert heard == subjects
    assert feed.followers == 0


async def fall_behind(feed: Feed, stream: EventStream, place: Place) -> AsyncGenerator[Event, None]:
    """What somebody follows for whom more has come than waits in memory, the first of it taken."""
    events = feed.follow(place, Wanted("person"))
    first = asyncio.ensure_future(anext(events))
    while not feed.followers:  # noqa: ASYNC110  (nothing tells of it)
        await anyio.sleep(0.01)
    await stream.append([about("p0")])
    await first
    await stream.append([about(f"p{number}") for number in range(1, 1200)])
    await collect(feed, place, Wanted("person"), 1200)
    return events


async def test_a_burst_drops_nobody(stream: EventStream) -> None:
    feed = Feed(stream, most_behind_s=60)
    place = (await stream.find_ends()).last
    async with beside(feed.run()), aclosing(await fall_behind(feed, stream, place)) as events:
        heard = [(await anext(events)).subject for _ in range(1199)]
        await stream.append([about("last")])
        heard.append((await anext(events)).subject)

    assert heard == [*(f"p{number}" for number in range(1, 1200)), "last"]


async def test_whoever_cannot_keep_up_is_dropped_with_the_reason(stream: EventStream) -> None:
    feed = Feed(stream, most_behind_s=0.2)
    place = (await stream.find_ends()).last
    async with beside(feed.run()), aclosing(await fall_behind(feed, stream, place)) as slow:
        for number in range(1, 1001):
            assert (await anext(slow)).subject == f"p{number}"
        await anyio.sleep(0.5)
        with pytest.raises(TooSlow, match=r"0\.2 seconds behind"):
            await anext(slow)


async def test_what_is_not_kept_any_more_is_not_gone_on_with(settings: Settings) -> None:
    async with open_stream(settings, kept=100) as stream:
        place = (await stream.find_ends()).last
        await stream.append([about(f"p{number}") for number in range(1000)])
        feed = Feed(stream, most_behind_s=60)

        with pytest.raises(EventsGone):
            await feed.begin(place)
        with pytest.raises(EventsGone):
            await feed.begin(END)


async def test_a_stream_that_was_lost_is_told_to_who_follows(stream: EventStream) -> None:
    feed = Feed(stream, most_behind_s=60)
    place = (await stream.find_ends()).last
    async with beside(feed.run()), aclosing(feed.follow(place, Wanted("person"))) as events:
        await stream.append([about("p0")])
        await anext(events)
        await stream._queue.flushdb()
        await stream._queue.client_kill_filter(_type="normal", skipme=True)
        with pytest.raises(EventsGone), anyio.fail_after(10):
            await anext(events)


async def test_an_event_that_cannot_be_read_ends_who_may_have_missed_it_and_the_feed_goes_on(
    stream: EventStream,
) -> None:
    feed = Feed(stream, most_behind_s=60)
    place = (await stream.find_ends()).last
    async with beside(feed.run()), aclosing(feed.follow(place, Wanted("person"))) as events:
        await stream.append([about("p0")])
        await anext(events)
        await stream._queue.xadd(stream._key, {"event": '["person"]'})
        with pytest.raises(EventsGone), anyio.fail_after(10):
            await anext(events)

        with pytest.raises(EventsGone):
            await collect(feed, place, Wanted("person"), 2)
        behind = await feed.begin(None)
        await stream.append([about("p1")])
        assert [one.subject for one in await collect(feed, behind, Wanted("person"), 1)] == ["p1"]
