"""A name for every request, in its answer and in every line that is logged on its behalf."""

from __future__ import annotations

import re
from time import perf_counter
from typing import Final

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from ulid import ULID

HEADER: Final = "X-Request-Id"
_SENT: Final = HEADER.lower().encode()
_SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})


class RequestIds:
    """Take the caller's `X-Request-Id` where it is 8 to 64 plain characters, else make one; echo it, log with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = choose_request_id(Headers(scope=scope).get(HEADER))
        status = 0
        started = perf_counter()

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((_SENT, request_id.encode()))
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_named)
            finally:
                _log(scope, status, perf_counter() - started)


def choose_request_id(inbound: str | None) -> str:
    """The caller's id where it cannot spoil a log, else a new one."""
    return inbound if inbound and _SANE.fullmatch(inbound) else str(ULID())


def _log(scope: Scope, status: int, duration_s: float) -> None:
    log = structlog.get_logger("hub.http")
    write = log.debug if scope["path"] in _QUIET else log.info
    # The template, not the path: what a caller puts in a path may be personal.
    route = getattr(scope.get("route"), "path", "unmatched")
    write("request", method=scope["method"], route=route, status=status, duration_ms=round(duration_s * 1000, 1))
