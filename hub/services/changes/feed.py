"""The feed of a process: one reader of the stream, whatever the number of those who follow it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Final

import structlog

from hub.core.errors import EventsGone, HubError, TooSlow, Unavailable
from hub.services.changes.events import Event, Place, Wants
from hub.services.changes.stream import EventStream

_LISTEN_S: Final = 1.0
_MOST_READ: Final = 500
_PAUSE_S: Final = 0.5


_TOO_SLOW: Final = (
    "You took your events too slowly, and {most} were waiting. Subscribe again, with `after` the last `eventId` that "
    "you have: nothing is lost."
)


class Follower:
    """What waits for somebody who follows the feed; no more than `most`."""

    def __init__(self, wants: Wants, most: int) -> None:
        self._wants = wants
        self._most = most
        self._waiting: deque[Event] = deque()
        self._stir = asyncio.Event()
        self._end: HubError | None = None

    def offer(self, event: Event) -> None:
        """Have an event wait, if it is wanted."""
        if self._end is not None or not self._wants(event):
            return
        if len(self._waiting) == self._most:
            self.end(TooSlow(_TOO_SLOW.format(most=self._most)))
        else:
            self._waiting.append(event)
            self._stir.set()

    def end(self, reason: HubError) -> None:
        """Drop whoever follows: `take` raises the reason from now on."""
        self._end = reason
        self._waiting.clear()
        self._stir.set()

    async def take(self) -> Event:
        """The next event; raises why there are no more."""
        while not self._waiting:
            if self._end is not None:
                raise self._end
            self._stir.clear()
            await self._stir.wait()
        return self._waiting.popleft()


class Feed:
    """Reads the stream while `run` runs, and hands events to all who follow."""

    def __init__(self, stream: EventStream, *, most_waiting: int) -> None:
        self._stream = stream
        self._most = most_waiting
        self._last: Place | None = None
        self._followers: set[Follower] = set()
        self._closed = False

    @property
    def followers(self) -> int:
        """How many follow it now, those aside who still catch up."""
        return len(self._followers)

    async def run(self) -> None:
        """Read until cancelled. While Valkey is away nobody is told anything; then all go on where they were."""
        away = False
        while True:
            try:
                await self._read()
                away = False
            except Unavailable:
                if not away:
                    structlog.get_logger(__name__).warning("changes cannot be read: trying again")
                away = True
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

        Raises:
            TooSlow: too many waited for whoever asks.
            EventsGone: the stream was lost, or trimmed before it could be read.
            Unavailable: Valkey does not answer while what was missed is read, or the feed was closed.
        """
        while self._last is None or place < self._last:
            until = self._last or await self.find_last()
            (await self._stream.find_ends()).check(place)
            found = await self._stream.fetch(place, until, limit=_MOST_READ)
            for event in found:
                if wants(event):
                    yield event
            place = found[-1].place or until if len(found) == _MOST_READ else until
            if self._last is None:
                await asyncio.sleep(_PAUSE_S)
        # Nothing is awaited between the look at the last event and this: the next one cannot have come in between.
        if self._closed:
            raise _stopped()
        follower = Follower(lambda event: event.place is not None and event.place > place and wants(event), self._most)
        self._followers.add(follower)
        try:
            while True:
                yield await follower.take()
        finally:
            self._followers.discard(follower)

    async def _read(self) -> None:
        ends = await self._stream.find_ends()
        if self._last is None:
            self._last = ends.last
        try:
            ends.check(self._last)
        except EventsGone as gone:
            self._end_all(gone)
            self._last = ends.last
        while True:
            for event in await self._stream.wait(self._last, wait_s=_LISTEN_S, limit=_MOST_READ):
                for follower in self._followers:
                    follower.offer(event)
                self._last = event.place or self._last

    def _end_all(self, reason: HubError) -> None:
        for follower in self._followers:
            follower.end(reason)


def _stopped() -> Unavailable:
    return Unavailable("The server stops. Subscribe again, with `after` the last `eventId` that you have.")
