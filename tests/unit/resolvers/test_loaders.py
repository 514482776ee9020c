"""What one request reads, each thing once."""

from __future__ import annotations

import asyncio

import pytest

from resolvers.batches import Batches
from resolvers.loaders import Loader
from tests.support.doubling import Doubling

pytestmark = pytest.mark.anyio


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


@pytest.fixture
def loader(doubling: Doubling) -> Loader[int, int]:
    return Loader(Batches(doubling.load))


async def test_what_is_wanted_in_one_turn_is_asked_for_together_and_once(
    loader: Loader[int, int], doubling: Doubling
) -> None:
    found = await asyncio.gather(loader.load_all([1]), loader.load_all([2, 1]), loader.load_all([1]))

    assert list(found) == [[2], [4, 2], [2]]
    assert await loader.load_all([2, 3]) == [4, 6]
    assert doubling.asked == [[1, 2], [3]]


async def test_what_was_forgotten_is_read_again(loader: Loader[int, int], doubling: Doubling) -> None:
    await loader.load(1)
    loader.forget()

    assert await loader.load(1) == 2
    assert doubling.asked == [[1], [1]]


async def test_what_is_forgotten_before_it_was_asked_for_is_asked_for_all_the_same(
    loader: Loader[int, int], doubling: Doubling
) -> None:
    before = loader.want(1)
    loader.forget()

    again = loader.want(1)

    assert await asyncio.wait_for(before, 5) == await asyncio.wait_for(again, 5) == 2
    assert doubling.asked == [[1]]


async def test_what_failed_to_be_read_fails_again_without_being_read(
    loader: Loader[int, int], doubling: Doubling
) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            await loader.load(-13)

    assert doubling.asked == [[-13]]


async def test_what_was_given_up_is_read_again(loader: Loader[int, int], doubling: Doubling) -> None:
    doubling.let.clear()
    given_up = asyncio.create_task(loader.load(1))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    doubling.let.set()

    assert await asyncio.wait_for(loader.load(1), 5) == 2


async def test_who_leaves_ends_the_statement_that_nobody_else_waits_for(
    loader: Loader[int, int], doubling: Doubling
) -> None:
    doubling.let.clear()
    leaving = asyncio.create_task(loader.load(1))
    await doubling.begun.wait()
    loader.abandon()
    await asyncio.wait([leaving])

    assert leaving.cancelled()
    await asyncio.wait_for(doubling.ended.wait(), 5)
