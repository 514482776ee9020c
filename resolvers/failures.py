"""Failures as GraphQL errors: expected ones with their code, all others masked with an id that the log has."""

from __future__ import annotations

from typing import Any

import structlog
from graphql import GraphQLError
from ulid import ULID

from hub.core.errors import HubError, InvariantBroken, Unavailable


def translate(error: GraphQLError) -> GraphQLError:
    """What the caller is shown; every error carries `extensions.code`."""
    original = error.original_error
    if isinstance(original, HubError):
        return _expected(error, original)
    if original is None or (isinstance(original, GraphQLError) and error.path is None):
        # The document or its variables do not fit the schema: the message is about them.
        return _rewritten(error, error.message, {"code": "INVALID_QUERY"})
    error_id = log_unexpected(original)
    return _rewritten(error, f"Internal error, id {error_id}.", {"code": "INTERNAL", "errorId": error_id})


def log_unexpected(error: BaseException) -> str:
    """Write a failure that nobody foresaw to the log; returns the id under which it stands there."""
    error_id = str(ULID())
    structlog.get_logger(__name__).error("unexpected failure", error_id=error_id, exc_info=error)
    return error_id


def _expected(error: GraphQLError, original: HubError) -> GraphQLError:
    log = structlog.get_logger(__name__)
    write = log.error if isinstance(original, InvariantBroken) else log.debug
    if isinstance(original, Unavailable):
        write = log.warning
    write("operation refused", code=original.code, **original.context)
    extensions: dict[str, Any] = {"code": original.code}
    if isinstance(original, Unavailable):
        extensions["retryAfterSeconds"] = original.retry_after_s
    return _rewritten(error, original.safe_message, extensions)


def _rewritten(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        original_error=error.original_error,
        extensions=extensions,
    )
