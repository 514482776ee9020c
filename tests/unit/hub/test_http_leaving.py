"""Work that nobody waits for."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from graph.deadlines import left_of, work_within
from hub.http.leaving import ended_with_caller

pytestmark = pytest.mark.anyio


async def gone() -> Message:
    return {"type": "http.disconnect"}


async def there() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def test_work_ends_with_its_caller() -> None:
    with pytest.raises(ClientDisconnect), ended_with_caller(gone, lambda: False):
        await asyncio.Event().wait()

    await asyncio.sleep(0)  # the task itself goes on


async def test_what_is_spared_goes_on_to_its_end() -> None:
    with ended_with_caller(gone, lambda: True):
        await asyncio.sleep(0.1)


async def test_a_callers_patience_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()

    with ended_with_caller(there, lambda: False):
        await asyncio.sleep(0.1)
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before


async def test_cancelling_from_elsewhere_stays_cancelling() -> None:
    async def work() -> None:
        with ended_with_caller(there, lambda: False):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_statements_get_what_is_left_of_the_time_and_never_none() -> None:
    assert left_of(10) == 10
    with work_within(2):
        assert 0 < left_of(10) <= 2
        assert left_of(1) == 1
        assert await asyncio.create_task(_left()) <= 2
    with work_within(0):
        assert left_of(10) == 0.001
    assert left_of(10) == 10


async def _left() -> float:
    return left_of(10)


async def test_what_is_nobodys_own_takes_its_own_time_within_the_work_of_another() -> None:
    with work_within(0):
        with work_within(None):
            assert left_of(60) == 60
        assert left_of(60) < 1
