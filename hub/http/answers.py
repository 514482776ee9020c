"""What came of an operation, as an HTTP answer."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import GraphQLError
from starlette.responses import Response
from strawberry.types import ExecutionResult

from hub.core.errors import Forbidden, Unavailable
from hub.http.callers import show_missing
from hub.http.negotiation import GRAPHQL
from hub.http.refusals import Refused
from resolvers.metering import Throttled

# A document can be wrong in as many places as it has words.
_MOST_ERRORS: Final = 5
_SUGGESTION: Final = re.compile(r" Did you mean .*\?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """One operation's answer: `status` is that of the form that tells failures by it."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] | None = None
    by_form: bool = False


def show_result(result: ExecutionResult, extensions: dict[str, Any] | None = None, *, suggest: bool) -> Answer:
    """An operation's result. `suggest`: whether errors may name fields of the schema that were not asked for."""
    shown = _show_errors(result.errors or (), suggest=suggest)
    body: dict[str, Any] = {"errors": shown} if shown else {}
    if extensions:
        body["extensions"] = extensions
    ran = result.data is not None or not shown or any("path" in error for error in shown)
    if ran:
        return Answer(200, {"data": result.data, **body})
    reason = shown[0]["extensions"]
    if reason["code"] == Throttled.code:
        return Answer(429, body, {"Retry-After": str(reason["retryAfterSeconds"])})
    if reason["code"] == Forbidden.code:
        return Answer(403, body, show_missing(reason.get("scopes", ())))
    if reason["code"] == Unavailable.code:
        return Answer(503, body, {"Retry-After": str(math.ceil(reason["retryAfterSeconds"]))})
    return Answer(400, body, by_form=True)


def show_refusal(refused: Refused) -> Answer:
    """A request that was not run."""
    return Answer(refused.status, refused.as_body(), refused.headers, refused.by_form)


def write_answer(media_type: str, answer: Answer) -> Response:
    """The answer in a form that its caller accepts."""
    status = 200 if answer.by_form and media_type != GRAPHQL else answer.status
    return Response(orjson.dumps(answer.body), status, answer.headers, media_type)


def write_batch(media_type: str, answers: Sequence[Answer]) -> Response:
    """The answers to a list of operations, in its order."""
    return Response(orjson.dumps([answer.body for answer in answers]), media_type=media_type)


def _show_errors(errors: Sequence[GraphQLError], *, suggest: bool) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = [dict(error.formatted) for error in errors]
    if not suggest:
        for error in shown:
            error["message"] = _SUGGESTION.sub("", error["message"])
    inside = [error for error in shown if "path" in error]
    return inside or shown[:_MOST_ERRORS]
