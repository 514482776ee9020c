"""What every request passes on its way in and every answer on its way out.

One layer and one `send` for all of it: a layer for each rule cost more than the rules do. Each rule stands in a module
of its own; here they only have their order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from time import perf_counter
from typing import Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from hub.http.body_limit import BODY_FAILURES, Bounds
from hub.http.errors import STOPPING, mask_unexpected
from hub.http.headers import guard
from hub.http.heads import find_header
from hub.http.hosts import WRONG_HOST, Hosts
from hub.http.metrics import Metrics
from hub.http.request_ids import HEADER, choose_request_id
from hub.http.request_line import log_request

_REQUEST_ID: Final = HEADER.lower().encode()
_NO_ANSWER: Final = 500


class Envelope:
    """Names each request, measures and logs it; bounds its body; guards its answer and masks what no handler knew.

    Args:
        hosts: the names under which it is served; None for any.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, bounds: Bounds, hosts: Hosts | None = None) -> None:
        self._app = app
        self._metrics = metrics
        self._bounds = bounds
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket" and self._is_misnamed(scope):
            await WRONG_HOST(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        request_id = choose_request_id(find_header(scope, _REQUEST_ID))
        answer = _Answer(send, request_id)
        bound = bind_contextvars(request_id=request_id)
        self._metrics.begin_request()
        try:
            await self._answer(scope, receive, answer)
        finally:
            duration_s = perf_counter() - began
            # The template, not the path: what a caller puts in a path may be personal, and makes no new series.
            route = getattr(scope.get("route"), "path", "unmatched")
            status = answer.status or _NO_ANSWER
            self._metrics.end_request(scope["method"], route, status, duration_s)
            log_request(scope["method"], route, status, duration_s)
            reset_contextvars(**bound)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            if self._is_misnamed(scope):
                await WRONG_HOST(scope, receive, answer.send)
            elif self._bounds.are_passed_by(find_header(scope, b"content-length")):
                await self._bounds.too_large()(scope, receive, answer.send)
            else:
                await self._app(scope, self._bounds.hold(receive), answer.send)
        except (asyncio.CancelledError, Exception) as error:
            if not answer.status:
                await self._explain(error)(scope, receive, answer.send)
            elif not isinstance(error, BODY_FAILURES):
                raise

    def _is_misnamed(self, scope: Scope) -> bool:
        return self._hosts is not None and not self._hosts.serve(find_header(scope, b"host"))

    def _explain(self, error: BaseException) -> Response:
        if isinstance(error, asyncio.CancelledError):
            return STOPPING
        return self._bounds.explain(error) if isinstance(error, BODY_FAILURES) else mask_unexpected(error)


class _Answer:
    """An answer on its way out; `status` is 0 until it begins."""

    __slots__ = ("_request_id", "_send", "status")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.status = 0

    def send(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*guard(message["headers"]), (_REQUEST_ID, self._request_id.encode())]
        return self._send(message)
