"""Work made ready in a thread while the caller deals with what was ready before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import suppress
from typing import TypeVar

from anyio import CancelScope

_T = TypeVar("_T")


async def run_ahead(items: Generator[_T, None, None], *, most: int) -> AsyncGenerator[_T, None]:
    """What a generator gives, up to `most` of it ahead; it is closed at the end. No item may be None."""
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
