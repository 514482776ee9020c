"""The operations that run on one WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.websockets import WebSocketDisconnect

from hub.http.ending import end_all
from hub.http.graphql import writing
from hub.http.streams import Streams, Told

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Sends a message to the caller."""


class Running:
    """Operations by the ids that their caller gave them."""

    def __init__(self, streams: Streams, send: Send) -> None:
        self._streams = streams
        self._send = send
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._requests: dict[asyncio.Future[None], Request] = {}

    def __contains__(self, operation: str) -> bool:
        return operation in self._tasks

    def __len__(self) -> int:
        # Those that nobody hears of any more and that still write are some of them.
        return len(self._requests)

    def begin(self, operation: str, request: Request, parameters: object) -> None:
        """Run an operation beside the others."""
        task = asyncio.create_task(self._run(operation, request, parameters))
        self._tasks[operation] = task
        self._requests[task] = request
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Future[None]) -> None:
        del self._requests[task]

    def drop(self, operation: str) -> None:
        """End an operation whose caller wants no more of it; one that is writing goes on, and is not heard of."""
        task = self._tasks.pop(operation, None)
        request = None if task is None else self._requests.get(task)
        if task is not None and request is not None and not writing(request):
            task.cancel()

    async def drop_all(self) -> None:
        """The same with all, and wait until they have ended."""
        self._tasks.clear()
        await end_all(self._requests, spared=lambda task: writing(self._requests[task]))

    async def _run(self, operation: str, request: Request, parameters: object) -> None:
        try:
            opened = await self._streams.open(request, parameters)
            if isinstance(opened, Told):
                await self._tell(operation, opened)
            else:
                async with aclosing(opened) as results:
                    async for told in results:
                        await self._tell(operation, told)
            if self._finish(operation):
                await self._send({"id": operation, "type": "complete"})
        except WebSocketDisconnect:
            pass  # whoever reads hears of it, too

    async def _tell(self, operation: str, told: Told) -> None:
        if told.ran and self._is_wanted(operation):
            await self._send({"id": operation, "type": "next", "payload": told.answer.body})
        elif self._finish(operation):
            await self._send({"id": operation, "type": "error", "payload": told.answer.body["errors"]})

    def _is_wanted(self, operation: str) -> bool:
        return self._tasks.get(operation) is asyncio.current_task()

    def _finish(self, operation: str) -> bool:
        """Free an id before the last message that has it; whether that message is still to be sent."""
        if not self._is_wanted(operation):
            return False
        del self._tasks[operation]
        return True
