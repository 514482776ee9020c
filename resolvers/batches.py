"""Reads of many requests at once, by one statement.

A statement costs the graph and us about the same for one key as for several. So while a statement of a kind is on its
way, whoever asks meanwhile waits for it to end and shares the next one; an idle graph is asked at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")

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
    is asked for alone, so that one request's key does not fail another's.
    """

    def __init__(self, load: Callable[[list[_K]], Awaitable[Sequence[_V]]]) -> None:
        self._load = load
        self._waiting: deque[_Asked[_K, _V]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def ask(self, keys: Sequence[_K]) -> list[_V]:
        """The values of keys, in their order. Raises whatever loading them raises."""
        answer: asyncio.Future[list[_V]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(keys, answer, copy_context()))
        self._start()
        return await answer

    def _start(self) -> None:
        if self._waiting and self._running is None:
            asked = self._take()
            # A task of its own, which does not end with the request that happens to start it.
            loop = asyncio.get_running_loop()
            self._running = loop.create_task(self._serve(asked), context=asked[0].context)

    async def _serve(self, asked: Sequence[_Asked[_K, _V]]) -> None:
        try:
            await self._answer(asked)
        finally:
            self._running = None
            self._start()

    def _take(self) -> list[_Asked[_K, _V]]:
        """Those who wait, first come first served, as far as one statement may go."""
        taken = [self._waiting.popleft()]
        keys = len(taken[0].keys)
        while self._waiting and keys + len(self._waiting[0].keys) <= _MOST_KEYS:
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
        except Exception as error:
            if len(wanted) == 1:
                wanted[0].fail(error)
            else:
                for one in wanted:
                    await self._answer([one])
            return
        except BaseException:
            for one in wanted:
                one.answer.cancel()
            raise
        for one in wanted:
            if not one.answer.done():
                one.answer.set_result([values[key] for key in one.keys])
