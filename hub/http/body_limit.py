"""Bounds on what a request may send and how long it may take, held while it is being read."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.http.errors import error_response

# Less than the usual grace on shutdown, so that a caller who stopped in the middle does not hold it up.
BODY_DEADLINE_S: Final = 8.0
# Closing spares us reading the rest.
_CLOSE: Final = {"Connection": "close"}


class _TooLarge(Exception):
    """The body passed the limit."""


class _TooSlow(Exception):
    """The body did not arrive in time."""


class BodyLimit:
    """Answer 413 as soon as a body is known to be too large, by its declared length or by what has arrived.

    A body that is not complete `BODY_DEADLINE_S` after its head is answered with 408. Nobody reads the answer to a
    caller who left in the middle of it: 499, which nginx made customary, tells it from other mistakes in the metrics.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declares_more(Headers(scope=scope).get("content-length", ""), self._max_bytes):
            await self._too_large()(scope, receive, send)
            return
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, self._bound(receive), send_noted)
        except (_TooLarge, _TooSlow, ClientDisconnect) as error:
            if not started:
                await self._refusal(error)(scope, receive, send)

    def _bound(self, receive: Receive) -> Receive:
        received = 0
        complete = False
        deadline = asyncio.get_running_loop().time() + BODY_DEADLINE_S

        async def receive_bounded() -> Message:
            nonlocal received, complete
            if complete:
                # What follows a body is word that the caller left, which may take as long as the answer.
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise _TooSlow from None
            received += len(message.get("body", b""))
            if received > self._max_bytes:
                raise _TooLarge
            complete = not message.get("more_body", False)
            return message

        return receive_bounded

    def _refusal(self, error: Exception) -> Response:
        if isinstance(error, _TooLarge):
            return self._too_large()
        if isinstance(error, _TooSlow):
            message = f"The body did not arrive within {BODY_DEADLINE_S:g} seconds. Send it at once, or send less."
            return error_response(408, "BODY_TOO_SLOW", message, _CLOSE)
        return error_response(499, "CALLER_LEFT", "The caller left before the answer.", _CLOSE)

    def _too_large(self) -> Response:
        message = f"The body is too large: at most {self._max_bytes} bytes are read. Send less at a time."
        return error_response(413, "BODY_TOO_LARGE", message, _CLOSE)


def _declares_more(declared: str, max_bytes: int) -> bool:
    """Whether a Content-Length exceeds the limit; one of thousands of digits is not even a number to Python."""
    digits = declared.lstrip("0")
    return declared.isdecimal() and (len(digits) > len(str(max_bytes)) or int(digits or "0") > max_bytes)
