"""Bounds on what a request may send and how long it may take, held while it is being read."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Message, Receive

from hub.http.errors import error_response

# Less than the usual grace on shutdown, so that a caller who stopped in the middle does not hold it up.
BODY_DEADLINE_S: Final = 8.0
# Closing spares us reading the rest.
_CLOSE: Final = {"Connection": "close"}


class _TooLarge(Exception):
    """The body passed the limit."""


class _TooSlow(Exception):
    """The body did not arrive in time."""


BODY_FAILURES: Final = (_TooLarge, _TooSlow, ClientDisconnect)


class Bounds:
    """413 as soon as a body is known to be too large, by its declared length or by what has arrived.

    A body that is not complete `BODY_DEADLINE_S` after its head is answered with 408. Nobody reads the answer to a
    caller who left in the middle of it: 499, which nginx made customary, tells it from other mistakes in the metrics.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def are_passed_by(self, declared: str) -> bool:
        """Whether a Content-Length exceeds the limit; one of thousands of digits is not even a number to Python."""
        digits = declared.lstrip("0")
        longer = len(digits) > len(str(self._max_bytes))
        return declared.isdecimal() and (longer or int(digits or "0") > self._max_bytes)

    def hold(self, receive: Receive) -> Receive:
        """What is received, as long as it keeps within; raises one of BODY_FAILURES then."""
        return _Body(receive, self._max_bytes).receive

    def explain(self, error: BaseException) -> Response:
        """The answer for one of BODY_FAILURES."""
        if isinstance(error, _TooLarge):
            return self.too_large()
        if isinstance(error, _TooSlow):
            message = f"The body did not arrive within {BODY_DEADLINE_S:g} seconds. Send it at once, or send less."
            return error_response(408, "BODY_TOO_SLOW", message, _CLOSE)
        return error_response(499, "CALLER_LEFT", "The caller left before the answer.", _CLOSE)

    def too_large(self) -> Response:
        """413."""
        message = f"The body is too large: at most {self._max_bytes} bytes are read. Send less at a time."
        return error_response(413, "BODY_TOO_LARGE", message, _CLOSE)


class _Body:
    __slots__ = ("_complete", "_deadline", "_left", "_receive")

    def __init__(self, receive: Receive, max_bytes: int) -> None:
        self._receive = receive
        self._left = max_bytes
        self._complete = False
        self._deadline = asyncio.get_running_loop().time() + BODY_DEADLINE_S

    async def receive(self) -> Message:
        if self._complete:
            # What follows a body is word that the caller left, which may take as long as the answer.
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise _TooSlow from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLarge
        self._complete = not message.get("more_body", False)
        return message
