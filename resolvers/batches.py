"""Reads of many requests at once, by one statement.

A statement costs the graph and us about the same for one key as for several. So while two statements of a kind are on
their way, whoever asks meanwhile waits for one of them to end and shares the next one; an idle graph is asked at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")

_LANES: Final = 2
_MOST_KEYS: Final = 64


@dataclass(slots=True)
class _Asked(Generic[_K, _V]):
    """What one request asks for. A request that goes away cancels its answer."""

    keys: Sequence[_K]
    answer: asyncio.Future[list[_V]]


class Batches(Generic[_K, _V]):
    """Answers to keys, one kind of them, in one event loop.

    `load` gives as many values as it is given keys, in their order. Where it fails for several requests together, each
    is asked for alone, so that one request's key does not fail another's.
    """

    def __init__(self, load: Callable[[list[_K]], Awaitable[Sequence[_V]]]) -> None:
        self._load = load
        self._waiting: deque[_Asked[_K, _V]] = deque()
        self._running: set[asyncio.Task[None]] = set()

    async def ask(self, keys: Sequence[_K]) -> list[_V]:
        """The values of keys, in their order. Raises whatever loading them raises."""
        answer: asyncio.Future[list[_V]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(keys, answer))
        self._start()
        return await answer

    def _start(self) -> None:
        while self._waiting and len(self._running) < _LANES:
            # A task of its own, which does not end with the request that happens to start it.
            task = asyncio.get_running_loop().create_task(self._answer(self._take()))
            self._running.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start()

    def _take(self) -> list[_Asked[_K, _V]]:
        """A fair share of what waits, so that the other lane finds something to do as well."""
        share = -(-len(self._waiting) // _LANES)
        taken, keys = [self._waiting.popleft()], 0
        while self._waiting and len(taken) < share and keys + len(self._waiting[0].keys) <= _MOST_KEYS:
            keys += len(self._waiting[0].keys)
            taken.append(self._waiting.popleft())
        return taken

    async def _answer(self, asked: Sequence[_Asked[_K, _V]]) -> None:
        wanted = [one for one in asked if not one.answer.done()]
        keys = list(dict.fromkeys(key for one in wanted for key in one.keys))
        if not keys:
            return
        try:
            values = dict(zip(keys, await self._load(keys), strict=True))
        except BaseException as error:
            if len(wanted) > 1 and isinstance(error, Exception):
                for one in wanted:
                    await self._answer([one])
                return
            for one in wanted:
                _fail(one.answer, error)
            if not isinstance(error, Exception):
                raise
            return
        for one in wanted:
            if not one.answer.done():
                one.answer.set_result([values[key] for key in one.keys])


def _fail(answer: asyncio.Future[list[_V]], error: BaseException) -> None:
    if not answer.done():
        if isinstance(error, Exception):
            answer.set_exception(error)
        else:
            answer.cancel()
