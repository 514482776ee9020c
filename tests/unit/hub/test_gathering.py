"""What waits for one thing is done together, what waits for others is not held up, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import anyio
import pytest

from hub.services.ledger.gathering import Gathering

pytestmark = pytest.mark.anyio


class _Work:
    """Doubles numbers, refuses those below zero, and dies of the number 13."""

    def __init__(self) -> None:
        self.turns: list[list[int]] = []
        self.open = anyio.Event()

    async def __call__(self, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.turns.append(list(numbers))
        await self.open.wait()
        if 13 in numbers:
            raise OSError("gone")
        return [2 * number if number >= 0 else ValueError(number) for number in numbers]


async def _outcome(gathering: Gathering[int, int], key: str, number: int) -> int | str:
    try:
        return await gathering.do(key, number)
    except (ValueError, OSError) as error:
        return type(error).__name__


async def test_what_comes_while_a_turn_is_taken_is_done_in_the_next_one() -> None:
    work = _Work()
    gathering = Gathering(work)
    first = asyncio.create_task(_outcome(gathering, "a", 1))
    await anyio.wait_all_tasks_blocked()
    others = [asyncio.create_task(_outcome(gathering, "a", number)) for number in (2, -3, 4)]
    elsewhere = asyncio.create_task(_outcome(gathering, "b", 5))
    await anyio.wait_all_tasks_blocked()
    assert work.turns == [[1], [5]]

    work.open.set()

    assert await asyncio.gather(first, *others, elsewhere) == [2, 4, "ValueError", 8, 10]
    assert work.turns == [[1], [5], [2, -3, 4]]


async def test_a_turn_that_fails_fails_for_all_of_it_and_the_next_is_taken() -> None:
    work = _Work()
    gathering = Gathering(work)
    failing = [asyncio.create_task(_outcome(gathering, "a", number)) for number in (1, 13)]
    await anyio.wait_all_tasks_blocked()
    later = asyncio.create_task(_outcome(gathering, "a", 2))
    await anyio.wait_all_tasks_blocked()

    work.open.set()

    assert await asyncio.gather(*failing, later) == ["OSError", "OSError", 4]


async def test_nothing_is_done_for_who_stopped_waiting_before_their_turn_and_the_others_are_served() -> None:
    work = _Work()
    gathering = Gathering(work)
    begun = asyncio.create_task(gathering.do("a", 1))
    await anyio.wait_all_tasks_blocked()
    waiting = [asyncio.create_task(gathering.do("a", number)) for number in (2, 3)]
    await anyio.wait_all_tasks_blocked()

    begun.cancel()
    waiting[0].cancel()
    await anyio.wait_all_tasks_blocked()
    work.open.set()

    assert await waiting[1] == 6
    assert work.turns == [[1], [3]]


async def test_more_than_a_turn_holds_is_done_in_several() -> None:
    work = _Work()
    work.open.set()
    gathering = Gathering(work)

    assert await asyncio.gather(*(gathering.do("a", number) for number in range(100, 250))) == list(range(200, 500, 2))
    assert [len(turn) for turn in work.turns] == [64, 64, 22]
