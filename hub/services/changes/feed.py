"""The feed of a process: one reader of the stream, whatever the number of those who follow it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from math import inf
from time import monotonic
from typing import Final

import structlog

from hub.core.errors import EventsGone, HubError, TooSlow, Unavailable
from hub.services.changes.events import Event, Place, Wants
from hub.services.changes.stream import EventStream, events_gone

_LISTEN_S: Final = 1.0
_MOST_READ: Final = 500
_MOST_WAITING: Final = 500
_PAUSE_S: Final = 0.5


class Follower:
    """What waits for somebody who follows the feed: events behind a place, a few hundred at most."""

    def __init__(self, place: Place, wants: Wants) -> None:
        self._place = place
        self._wants = wants
        self._waiting: deque[Event] = deque()
        self._stir = asyncio.Event()
        self._full = False
        self._end: HubError | None = None

    def offer(self, event: Event) -> None:
        """Have an event wait, if it is wanted and none before it found no room."""
        if self._full or event.place is None or event.place <= self._place or not self._wants(event):
            return
        self._full = len(self._waiting) == _MOST_WAITING
        if not self._full:
            self._waiting.append(event)
        self._stir.set()

    def end(self, reason: HubError) -> None:
        """Have `take` raise the reason from now on."""
        self._end = reason
        self._stir.set()

    async def take(self) -> Event | None:
        """The next event; None where there was no room for the one behind the last."""
        while True:
            if self._end is not None:
                raise self._end
            if self._waiting:
                return self._waiting.popleft()
            if self._full:
                return None
            self._stir.clear()
            await self._stir.wait()


class Feed:
    """Reads the stream while `run` runs, and hands events to all who follow."""

    def __init__(self, stream: EventStream, *, most_behind_s: float) -> None:
        self._stream = stream
        self._most_behind_s = most_behind_s
        self._last: Place | None = None
        self._followers: set[Follower] = set()
        self._closed = False
        self._away = False

    @property
    def followers(self) -> int:
        """How many follow it now, those aside who still catch up."""
        return len(self._followers)

    async def run(self) -> None:
        """Read until cancelled. While Valkey is away nobody is told anything; then all go on where they were."""
        while True:
            try:
                await self._read()
            except Exception as error:
                if not self._away:
                    unforeseen = None if isinstance(error, Unavailable) else error
                    structlog.get_logger(__name__).warning("changes cannot be read: trying again", exc_info=unforeseen)
                self._away = True
                await asyncio.sleep(_PAUSE_S)

    def close(self) -> None:
        """Tell all who follow, or will, to go on elsewhere."""
        self._closed = True
        self._end_all(_stopped())

    async def find_last(self) -> Place:
        """Where whoever reads something now goes on to hear of its changes; raises Unavailable."""
        return (await self._stream.find_ends()).last

    async def begin(self, after: Place | None) -> Place:
        """The place behind which somebody hears of everything; raises EventsGone, and Unavailable."""
        ends = await self._stream.find_ends()
        if after is None:
            return ends.last
        ends.check(after)
        return after

    async def follow(self, place: Place, wants: Wants) -> AsyncGenerator[Event, None]:
        """Events behind a place that are wanted, each once, without an end.

        Whoever takes them too slowly for what may wait in memory reads them from the stream for themselves.

        Raises:
            TooSlow: somebody who had heard of everything has been behind for too long.
            EventsGone: the stream was lost, or trimmed before it could be read, or has an event that cannot be read.
            Unavailable: Valkey does not answer while what was missed is read, or the feed was closed.
        """
        behind_since = inf
        while True:
            async with aclosing(self._catch_up(place, behind_since)) as missed:
                async for event in missed:
                    place = event.place or place
                    if wants(event):
                        yield event
            # Nothing is awaited between the end of that and this: no event can have come in between.
            follower = Follower(place, wants)
            self._followers.add(follower)
            try:
                while (next_event := await follower.take()) is not None:
                    place = next_event.place or place
                    yield next_event
            finally:
                self._followers.discard(follower)
            behind_since = monotonic()

    async def _catch_up(self, place: Place, behind_since: float) -> AsyncGenerator[Event, None]:
        """All events behind a place, wanted or not, up to the last that was handed to those who follow."""
        while self._last is None or place < self._last:
            if monotonic() - behind_since > self._most_behind_s:
                raise _too_slow(self._most_behind_s)
            until = self._last or await self.find_last()
            found = await self._stream.fetch(place, until, limit=_MOST_READ)
            (await self._stream.find_ends()).check(place)  # afterwards: what was trimmed before it was read is missed
            for event in found:
                if event.kind == "unreadable":
                    raise events_gone()
                yield event
            place = until if len(found) < _MOST_READ else found[-1].place or until
            if self._last is None:
                await asyncio.sleep(_PAUSE_S)
        if self._closed:
            raise _stopped()

    async def _read(self) -> None:
        ends = await self._stream.find_ends()
        self._away = False
        if self._last is None:
            self._last = ends.last
        try:
            ends.check(self._last)
        except EventsGone as gone:
            self._end_all(gone)
            self._last = ends.last
        while True:
            for event in await self._stream.wait(self._last, wait_s=_LISTEN_S, limit=_MOST_READ):
                if event.kind == "unreadable":
                    self._end_all(events_gone())
                for follower in self._followers:
                    follower.offer(event)
                self._last = event.place or self._last

    def _end_all(self, reason: HubError) -> None:
        for follower in self._followers:
            follower.end(reason)


def _too_slow(most_s: float) -> TooSlow:
    return TooSlow(
        f"You took your events so slowly that you were {most_s:g} seconds behind. Subscribe again, with `after` the "
        "last `eventId` that you have, and take them faster or follow less."
    )


def _stopped() -> Unavailable:
    return Unavailable("The server stops. Subscribe again, with `after` the last `eventId` that you have.")
