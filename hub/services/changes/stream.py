"""The stream of events in Valkey: what every API process reads, and whoever was away goes on in.

It is not the record, which is the graph: where Valkey loses it, whoever went on in it is told to read anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from hub.core.errors import EventsGone, Unavailable
from hub.services.changes.events import Event, Place, Telling, decode_event, encode_event, read_place

_REMEMBERED: Final = 200_000
# Whoever is cut off after this, and before the marks are out of the graph, tells them once more: here they are known.
# Marks begin with their time, so that the oldest come first where all have one score.
_APPEND: Final = """
local told = 0
for _, telling in ipairs(cjson.decode(ARGV[1])) do
  local new = 0
  for _, mark in ipairs(telling[2]) do
    new = new + redis.call('ZADD', KEYS[2], 'NX', 0, mark)
  end
  if new > 0 then
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'event', telling[1])
    told = told + 1
  end
end
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[3])
return told
"""
_BEGINNING: Final = Event("beginning", "", frozenset(), None, 0)


class Ends(NamedTuple):
    """The first event that is kept and the last that was told."""

    first: Place
    last: Place

    def check(self, after: Place) -> None:
        """Raises EventsGone where it cannot be known that all events after a place are there."""
        if after != self.last and not self.first <= after <= self.last:
            raise events_gone()


class EventStream:
    """The events of one hub, at least the last `kept` of them."""

    def __init__(self, queue: Redis, name: str, *, kept: int) -> None:
        self._queue = queue
        self._key = f"{name}:changes"
        self._told = f"{name}:changes:told"
        self._kept = kept

    async def append(self, tellings: Iterable[Telling]) -> int:
        """Tell of changes, but for marks that were told lately; gives how many events that took. Raises Unavailable."""
        rows = orjson.dumps([[encode_event(one.event), one.marks] for one in tellings]).decode()
        with _translated():
            return int(
                # redis types it as of either of its clients
                await self._queue.eval(  # type: ignore[misc]
                    _APPEND, 2, self._key, self._told, rows, str(self._kept), str(_REMEMBERED)
                )
            )

    async def find_ends(self) -> Ends:
        """Where the stream begins and ends; it is begun where there is none. Raises Unavailable."""
        with _translated():
            try:
                found = await self._queue.xinfo_stream(self._key)
            except ResponseError:
                await self._queue.xadd(self._key, {"event": encode_event(_BEGINNING)})
                found = await self._queue.xinfo_stream(self._key)
        first = found["first-entry"]
        last = _place(found["last-generated-id"])
        return Ends(_place(first[0]) if first else last, last)

    async def wait(self, after: Place, *, wait_s: float, limit: int) -> list[Event]:
        """The next events behind a place, as soon as there are any; none where time runs out. Raises Unavailable."""
        with _translated():
            found = await self._queue.xread({self._key: str(after)}, count=limit, block=int(wait_s * 1000))
        return [_event(*entry) for _, entries in found for entry in entries]

    async def fetch(self, after: Place, until: Place, *, limit: int) -> list[Event]:
        """The next events behind a place, up to another one. Raises Unavailable."""
        with _translated():
            found = await self._queue.xrange(self._key, min=f"({after}", max=str(until), count=limit)
        return [_event(*entry) for entry in found]


def events_gone() -> EventsGone:
    """That somebody may have missed something, and what they do then."""
    return EventsGone(
        "What was told since then is not kept any more: ask for `lastEventId`, read anew what you follow, and "
        "subscribe with that as `after`."
    )


def _event(entry_id: bytes, fields: dict[bytes, bytes]) -> Event:
    place = _place(entry_id)
    try:
        return decode_event(place, fields[b"event"])
    except (KeyError, TypeError, ValueError) as error:
        structlog.get_logger(__name__).warning("an event cannot be read", place=str(place), error=type(error).__name__)
        return Event("unreadable", "", frozenset(), None, place.at_ms, place)


def _place(entry_id: Any) -> Place:
    return read_place(entry_id.decode())


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable("Changes cannot be told at the moment. Try again shortly.", retry_after_s=2) from error
