"""Work made ready while the caller deals with what was ready before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from anyio import CancelScope

_T = TypeVar("_T")


async def run_ahead(items: Generator[_T, None, None], *, most: int) -> AsyncGenerator[_T, None]:
    """What a generator gives in a thread, up to `most` of it ahead; it is closed at the end. No item may be None."""
    ready: asyncio.Queue[_T | None] = asyncio.Queue(most)
    stopped = asyncio.Event()
    producer = asyncio.create_task(_produce(items, ready, stopped))
    try:
        while (item := await ready.get()) is not None:
            yield item
        await producer
    finally:
        # The thread cannot be stopped in the middle of an item, and what it reads must not be closed before it has
        # ended.
        stopped.set()
        while not ready.empty():
            ready.get_nowait()
        with CancelScope(shield=True), suppress(Exception):
            await producer
        items.close()


async def _produce(items: Generator[_T, None, None], ready: asyncio.Queue[_T | None], stopped: asyncio.Event) -> None:
    """Put each item, and None at the end or before what the generator raises."""
    try:
        while not stopped.is_set() and (item := await asyncio.to_thread(next, items, None)) is not None:
            await ready.put(item)
    finally:
        await ready.put(None)


@dataclass(frozen=True, slots=True)
class _End:
    failure: Exception | None


@asynccontextmanager
async def kept_ahead(items: AsyncGenerator[_T, None], *, most: int) -> AsyncIterator[AsyncIterator[_T]]:
    """What an asynchronous generator gives, up to `most` of it ahead, from now on; it is closed with the block."""
    ready: asyncio.Queue[_T | _End] = asyncio.Queue(most)
    filling = asyncio.create_task(_fill(items, ready))
    try:
        yield _drain(ready)
    finally:
        filling.cancel()
        while not ready.empty():
            ready.get_nowait()
        # Waiting for it neither raises what it raises nor cancels it once more, in the middle of its closing.
        with CancelScope(shield=True):
            await asyncio.wait([filling])


async def _fill(items: AsyncGenerator[_T, None], ready: asyncio.Queue[_T | _End]) -> None:
    failure: Exception | None = None
    try:
        async with aclosing(items):
            async for item in items:
                await ready.put(item)
    except Exception as error:  # whoever takes the items gets it after the last one
        failure = error
    await ready.put(_End(failure))


async def _drain(ready: asyncio.Queue[_T | _End]) -> AsyncIterator[_T]:
    while not isinstance(item := await ready.get(), _End):
        yield item
    if item.failure is not None:
        raise item.failure
