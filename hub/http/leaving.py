"""Work that nobody waits for any more is ended: its caller left, or its time is up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

# Most work ends before it is worth a look whether anybody waits.
_LOOK_AFTER_S: Final = 0.05


class ended_with_caller:  # noqa: N801  (it reads as the condition of a block)
    """Cancel the block when the caller of a request whose body was read leaves, unless it is spared by then.

    Raises:
        ClientDisconnect: the block was cancelled for that.
    """

    __slots__ = ("_left", "_receive", "_spared", "_task", "_timer", "_watcher")

    def __init__(self, receive: Receive, spared: Callable[[], bool]) -> None:
        self._receive = receive
        self._spared = spared
        self._left = False
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (a coroutine runs in a task)
        self._task = task
        self._timer = task.get_loop().call_later(_LOOK_AFTER_S, self._begin)

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        if self._left and isinstance(error, asyncio.CancelledError) and self._task.uncancel() == 0:
            raise ClientDisconnect from None

    def _begin(self) -> None:
        self._watcher = self._task.get_loop().create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._spared():
            self._left = True
            self._task.cancel()
