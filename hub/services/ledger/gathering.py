"""Work that waits for one thing is done together: while some is being done, what comes gathers for the next turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Final, Generic, TypeVar

_MOST: Final = 64

_T = TypeVar("_T")
_R = TypeVar("_R")


class Gathering(Generic[_T, _R]):
    """Does pieces of work, those under one key in turns: never two turns of a key at once.

    Args:
        work: does some pieces and answers each, with an exception where it is refused; what it raises is raised for
            all of them. Once begun it is not cancelled with those who wait for it.
    """

    def __init__(self, work: Callable[[Sequence[_T]], Awaitable[Sequence[_R | Exception]]]) -> None:
        self._work = work
        self._waiting: dict[Hashable, list[tuple[_T, asyncio.Future[_R]]]] = {}
        self._turns = set[asyncio.Task[None]]()

    async def do(self, key: Hashable, piece: _T) -> _R:
        """The answer to a piece of work."""
        answer: asyncio.Future[_R] = asyncio.get_running_loop().create_future()
        if key in self._waiting:
            self._waiting[key].append((piece, answer))
        else:
            self._waiting[key] = [(piece, answer)]
            turns = asyncio.create_task(self._take_turns(key))
            self._turns.add(turns)
            turns.add_done_callback(self._turns.discard)
        return await answer

    async def _take_turns(self, key: Hashable) -> None:
        waiting = self._waiting[key]
        try:
            while waiting:
                # Who has stopped waiting is cancelled, and nothing is done for them.
                turn = [(piece, answer) for piece, answer in waiting[:_MOST] if not answer.done()]
                del waiting[:_MOST]
                if turn:
                    await self._take_turn(turn)
        finally:
            del self._waiting[key]
            for _, answer in waiting:
                answer.cancel()

    async def _take_turn(self, turn: Sequence[tuple[_T, asyncio.Future[_R]]]) -> None:
        try:
            answers: Sequence[_R | Exception] = await self._work([piece for piece, _ in turn])
        except Exception as error:
            answers = [error for _ in turn]
        except BaseException:
            for _, waiter in turn:
                waiter.cancel()
            raise
        for (_, waiter), answer in zip(turn, answers, strict=True):
            if waiter.done():
                continue
            if isinstance(answer, Exception):
                waiter.set_exception(answer)
            else:
                waiter.set_result(answer)
