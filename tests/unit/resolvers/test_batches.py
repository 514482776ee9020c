"""Reads that requests share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from resolvers.batches import Batches
from tests.support.doubling import Doubling

pytestmark = pytest.mark.anyio


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


@pytest.fixture
def batches(doubling: Doubling) -> Batches[int, int]:
    return Batches(doubling.load)


async def begin(batches: Batches[int, int], *asked: Sequence[int]) -> list[asyncio.Task[list[int]]]:
    """Each asks in a turn of its own, in which the statement before gets on its way."""
    tasks = []
    for keys in asked:
        tasks.append(asyncio.create_task(batches.ask(keys)))
        for _ in range(3):  # it asks, a statement begins, and is on its way
            await asyncio.sleep(0)
    return tasks


async def test_who_asks_in_one_turn_shares_a_statement(batches: Batches[int, int], doubling: Doubling) -> None:
    found = await asyncio.gather(batches.ask([1]), batches.ask([2, 1]))

    assert list(found) == [[2], [4, 2]]
    assert doubling.asked == [[1, 2]]


async def test_an_idle_graph_is_asked_at_once_and_whoever_asks_meanwhile_shares_the_next_statement(
    batches: Batches[int, int], doubling: Doubling
) -> None:
    doubling.let.clear()
    tasks = await begin(batches, [1], [2], [3, 4], [2, 5])
    doubling.let.set()

    assert await asyncio.gather(*tasks) == [[2], [4], [6, 8], [4, 10]]
    assert doubling.asked == [[1], [2, 3, 4, 5]]


async def test_what_fails_for_one_fails_for_nobody_else(batches: Batches[int, int], doubling: Doubling) -> None:
    doubling.let.clear()
    tasks = await begin(batches, [1], [2], [-13], [3])
    doubling.let.set()

    first, second, unlucky, third = await asyncio.gather(*tasks, return_exceptions=True)

    assert (first, second, third) == ([2], [4], [6])
    assert isinstance(unlucky, ValueError)


async def test_who_goes_away_is_not_asked_for_and_stops_nobody(batches: Batches[int, int], doubling: Doubling) -> None:
    doubling.let.clear()
    first, gone, last = await begin(batches, [1], [2], [3])
    first.cancel()
    gone.cancel()
    await asyncio.sleep(0)
    doubling.let.set()

    assert await last == [6]
    assert doubling.asked == [[1], [3]]


async def test_a_caller_who_leaves_just_as_the_turn_comes_blocks_nobody(
    batches: Batches[int, int], doubling: Doubling
) -> None:
    doubling.let.clear()
    first, leaving = await begin(batches, [1], [2])
    doubling.let.set()  # the first statement ends in the very tick in which the next caller goes
    leaving.cancel()
    await first

    assert await asyncio.wait_for(batches.ask([3]), 5) == [6]


async def test_a_statement_that_is_ended_before_it_begins_blocks_nobody(batches: Batches[int, int]) -> None:
    asked = asyncio.create_task(batches.ask([1]))
    await asyncio.sleep(0)
    asked.cancel()
    await asyncio.sleep(0)

    assert await asyncio.wait_for(batches.ask([3]), 5) == [6]


async def test_a_crowd_is_served_in_several_statements_in_the_order_in_which_it_came(
    batches: Batches[int, int], doubling: Doubling
) -> None:
    doubling.let.clear()
    tasks = await begin(batches, *([key] for key in range(100)), [*range(1000, 1080)])
    doubling.let.set()
    answers = await asyncio.gather(*tasks)

    assert answers == [*([2 * key] for key in range(100)), [2 * key for key in range(1000, 1080)]]
    assert doubling.asked == [[0], [*range(1, 65)], [*range(65, 100)], [*range(1000, 1080)]]


async def test_with_two_lanes_two_statements_are_on_their_way_and_the_rest_share_the_next(doubling: Doubling) -> None:
    doubling.let.clear()
    tasks = await begin(Batches(doubling.load, lanes=2), [1], [2], [3], [4])
    doubling.let.set()

    assert await asyncio.gather(*tasks) == [[2], [4], [6], [8]]
    assert doubling.asked == [[1], [2], [3, 4]]


async def test_a_lane_that_nobody_waits_for_is_free_again(doubling: Doubling) -> None:
    doubling.let.clear()
    gone, waiting, next_one = await begin(Batches(doubling.load, lanes=2), [1], [2], [3])
    gone.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    doubling.let.set()

    assert await waiting == [4]
    assert await next_one == [6]
    assert doubling.asked == [[1], [2], [3]]
