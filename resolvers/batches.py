"""Reads of many requests at once, by one statement.

A statement costs the graph and us about the same for one key as for several. So whoever asks in the same turn of the
event loop shares a statement, and while one of a kind is on its way, whoever asks meanwhile waits for it to end and
shares the next one; an idle graph is asked at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")
_T = TypeVar("_T")

_MOST_KEYS: Final = 64


@dataclass(slots=True)
class _Asked(Generic[_K, _V]):
    """What one request asks for. A request that goes away cancels its answer."""

    keys: Sequence[_K]
    answer: asyncio.Future[list[_V]]
    context: Context

    def fail(self, error: Exception) -> None:
        """Raise it where the answer is waited for, if it is."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Batches(Generic[_K, _V]):
    """Answers to keys, one kind of them, in one event loop.

    `load` gives as many values as it is given keys, in their order. Where it fails for several requests together, each
    is asked for alone, so that one request's key does not fail another's. At most `lanes` statements are on their way:
    with two, the graph works while we work.
    """

    def __init__(self, load: Callable[[list[_K]], Awaitable[Sequence[_V]]], *, lanes: int = 1) -> None:
        self._load = load
        self._lanes = lanes
        self._waiting: deque[_Asked[_K, _V]] = deque()
        self._running: dict[asyncio.Task[None], Sequence[_Asked[_K, _V]]] = {}
        self._starting = False

    async def ask(self, keys: Sequence[_K]) -> list[_V]:
        """The values of keys, in their order. Raises whatever loading them raises."""
        return await self.begin(keys)

    def begin(self, keys: Sequence[_K]) -> asyncio.Future[list[_V]]:
        """What will be the values of keys, in their order; whoever does not want them any more cancels it."""
        answer: asyncio.Future[list[_V]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(keys, answer, copy_context()))
        answer.add_done_callback(self._forsake)
        if not self._starting:
            # Requests come in waves, as those of the statement before are answered.
            self._starting = True
            asyncio.get_running_loop().call_soon(self._start)
        return answer

    def _forsake(self, answer: asyncio.Future[list[_V]]) -> None:
        """End a statement that nobody waits for any more."""
        if answer.cancelled():
            for running, asked in self._running.items():
                if all(one.answer.done() for one in asked):
                    running.cancel()

    def _start(self) -> None:
        self._starting = False
        while len(self._running) < self._lanes and (asked := self._take()):
            # A task of its own, which does not end with the request that happens to start it.
            running = _begin(self._serve(asked), asked[0])
            self._running[running] = asked
            running.add_done_callback(self._end)

    def _end(self, ended: asyncio.Task[None]) -> None:
        """Go on, also where the task was ended before it began."""
        del self._running[ended]
        self._start()

    async def _serve(self, asked: Sequence[_Asked[_K, _V]]) -> None:
        if not await self._answer(asked):
            await asyncio.gather(*(_begin(self._answer([one]), one) for one in asked))

    def _take(self) -> list[_Asked[_K, _V]]:
        """Those who still wait, first come first served, as far as one statement may go."""
        taken: list[_Asked[_K, _V]] = []
        keys = 0
        while self._waiting:
            if self._waiting[0].answer.done():
                self._waiting.popleft()
                continue
            keys += len(self._waiting[0].keys)
            if taken and keys > _MOST_KEYS:
                break
            taken.append(self._waiting.popleft())
        return taken

    async def _answer(self, asked: Sequence[_Asked[_K, _V]]) -> bool:
        """Answer them all; False where that fails and it may be for one of them only."""
        wanted = [one for one in asked if not one.answer.done()]
        keys = list(dict.fromkeys(key for one in wanted for key in one.keys))
        try:
            values = dict(zip(keys, await self._load(keys), strict=True)) if keys else {}
        except Exception as error:
            if len(wanted) > 1:
                return False
            for one in wanted:
                one.fail(error)
            return True
        except BaseException:
            for one in wanted:
                one.answer.cancel()
            raise
        for one in wanted:
            if not one.answer.done():
                one.answer.set_result([values[key] for key in one.keys])
        return True


def _begin(work: Coroutine[Any, Any, _T], asked: _Asked[Any, Any]) -> asyncio.Task[_T]:
    """Work in a task of its own, with the deadline and the ids of a request."""
    return asyncio.get_running_loop().create_task(work, context=asked.context)
