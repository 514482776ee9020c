from __future__ import annotations

import asyncio

import anyio
import anyio.lowlevel
import pytest

from hub.services.bulk.turn import turn_of

pytestmark = pytest.mark.anyio


async def _work(lock: asyncio.Lock | None, log: list[str], name: str) -> None:
    with turn_of(lock) as turn:
        for _repeat in range(2):
            await turn.take()
            log.append(name)
            await anyio.lowlevel.checkpoint()


async def test_whoever_has_the_turn_keeps_it_over_repeats() -> None:
    lock, log = asyncio.Lock(), list[str]()

    async with anyio.create_task_group() as writers:
        for name in "abc":
            writers.start_soon(_work, lock, log, name)

    assert "".join(log) == "aabbcc"


async def test_a_turn_that_nobody_took_stops_nobody() -> None:
    lock, log = asyncio.Lock(), list[str]()

    with turn_of(lock):
        await _work(lock, log, "a")
    await _work(lock, log, "b")

    assert "".join(log) == "aabb"


async def test_without_a_lock_nobody_waits() -> None:
    log = list[str]()

    async with anyio.create_task_group() as writers:
        for name in "ab":
            writers.start_soon(_work, None, log, name)

    assert "".join(log) == "abab"
