"""Failures as HTTP answers: one JSON shape, and nothing internal in it."""

from __future__ import annotations

import math
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.core.errors import (
    AccessDenied,
    Conflict,
    HubError,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    Unavailable,
)
from resolvers.failures import log_unexpected

_STATUS: Final[tuple[tuple[type[HubError], int], ...]] = (
    (InvalidInput, 400),
    (NotAuthenticated, 401),
    (AccessDenied, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Unavailable, 503),
)


def error_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """The body of every failure outside GraphQL: `{"error": {"code", "message"}}`."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)


async def answer_hub_error(_request: Request, error: Exception) -> Response:
    """A HubError that a route raised; `Unavailable` says when to come back."""
    if not isinstance(error, HubError):
        raise error
    status = next((status for family, status in _STATUS if isinstance(error, family)), 500)
    if status == 500:
        return mask_unexpected(error)
    headers = {"Retry-After": str(math.ceil(error.retry_after_s))} if isinstance(error, Unavailable) else None
    return error_response(status, error.code, error.safe_message, headers)


async def answer_http_exception(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals (404, 405) in our shape."""
    if not isinstance(error, HTTPException):
        raise error
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "INVALID_INPUT")
    return error_response(error.status_code, code, error.detail, dict(error.headers or {}))


def mask_unexpected(error: BaseException) -> Response:
    """The last resort, for what no handler knew: 500 with an id, and the same id beside the traceback in the log."""
    return error_response(500, "INTERNAL", f"Internal error, id {log_unexpected(error)}.")


STOPPING: Final = error_response(
    503,
    Unavailable.code,
    "The server stops. Send it again: a mutation that was done is recognised by its key.",
    {"Retry-After": "5"},
)
"""Answers a request that is cut off because the server stops, and has waited for as long as it may."""
