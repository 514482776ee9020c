"""Work that goes on beside other work, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

_AGAIN_AFTER_S: Final = 1.0

Work: TypeAlias = asyncio.Future[Any]


async def end_all(works: Iterable[Work], spared: Callable[[Work], bool] = lambda _: False) -> None:
    """Cancel work and wait until it has ended; what is spared is only waited for.

    Before Python 3.12 `asyncio.wait_for`, by which Valkey's client waits, may lose a cancellation: so it is repeated.
    """
    waiting = set(works)
    while waiting:
        for work in waiting:
            if not spared(work):
                work.cancel()
        _, waiting = await asyncio.wait(waiting, timeout=_AGAIN_AFTER_S)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Have something go on while the block runs."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        await end_all([task])
