"""Work that nobody waits for any more is ended: its caller left, or its time is up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

# Most work ends before it is worth a look whether anybody waits.
_LOOK_AFTER_S: Final = 0.05


@asynccontextmanager
async def ended_with_caller(receive: Receive, spared: Callable[[], bool]) -> AsyncIterator[None]:
    """Cancel the block when the caller of a request whose body was read leaves, unless it is spared by then.

    Raises:
        ClientDisconnect: the block was cancelled for that.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  (a coroutine runs in a task)
    left = False
    watcher: asyncio.Task[None] | None = None

    async def watch() -> None:
        nonlocal left
        while (await receive())["type"] != "http.disconnect":
            pass
        if not spared():
            left = True
            task.cancel()

    def begin() -> None:
        nonlocal watcher
        watcher = asyncio.get_running_loop().create_task(watch())

    timer = asyncio.get_running_loop().call_later(_LOOK_AFTER_S, begin)
    try:
        yield
    except asyncio.CancelledError:
        if left and task.uncancel() == 0:
            raise ClientDisconnect from None
        raise
    finally:
        timer.cancel()
        if watcher is not None:
            watcher.cancel()
