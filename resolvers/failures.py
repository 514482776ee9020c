"""Failures as GraphQL errors: expected ones with their code, all others masked with an id that the log has."""

from __future__ import annotations

from typing import Any, Final

import structlog
from graphql import GraphQLError
from strawberry.types import ExecutionResult
from ulid import ULID

from hub.core.errors import Ambiguous, Forbidden, HubError, InvariantBroken, Unavailable

_MAX_MESSAGE_CHARS: Final = 300


def translate(error: GraphQLError) -> GraphQLError:
    """What the caller is shown; every error carries `extensions.code`."""
    original = error.original_error
    if isinstance(original, HubError):
        return _expected(error, original)
    if _is_of_document(error):
        return _rewritten(error, _shorten(error.message), {"code": "INVALID_QUERY"})
    if original is None:
        original = error
    error_id = log_unexpected(original)
    return _rewritten(error, f"Internal error, id {error_id}.", {"code": "INTERNAL", "errorId": error_id})


def fail(error: Exception) -> ExecutionResult:
    """What comes of an operation that could not be begun."""
    return ExecutionResult(None, [translate(GraphQLError(str(error), original_error=error))])


def log_unexpected(error: BaseException) -> str:
    """Write a failure that nobody foresaw to the log; returns the id under which it stands there."""
    error_id = str(ULID())
    # A GraphQLError's text quotes the query, and with it what the caller wrote there: phones, tokens.
    details = {"reason": error.message} if isinstance(error, GraphQLError) else {"exc_info": error}
    structlog.get_logger(__name__).error("unexpected failure", error_id=error_id, **details)
    return error_id


def _is_of_document(error: GraphQLError) -> bool:
    """Whether the document or its variables do not fit the schema: the message is about them."""
    original = error.original_error
    if error.path is None:
        # With a place in the document, whatever was raised was raised by what stands there: a number of 5000 digits.
        return original is None or isinstance(original, GraphQLError) or bool(error.nodes)
    # While it runs, graphql-core points at an argument that does not fit, but at no value that it cannot write out.
    return isinstance(original, GraphQLError) and bool(original.nodes)


def _shorten(message: str) -> str:
    return message if len(message) <= _MAX_MESSAGE_CHARS else f"{message[:_MAX_MESSAGE_CHARS]}..."


def _expected(error: GraphQLError, original: HubError) -> GraphQLError:
    log = structlog.get_logger(__name__)
    write = log.error if isinstance(original, InvariantBroken) else log.debug
    if isinstance(original, Unavailable):
        write = log.warning
    write("operation refused", code=original.code, **original.context)
    extensions: dict[str, Any] = {"code": original.code}
    if isinstance(original, Unavailable):
        extensions["retryAfterSeconds"] = original.retry_after_s
    if isinstance(original, Ambiguous):
        extensions["persons"] = list(original.persons)
    if isinstance(original, Forbidden):
        extensions["scopes"] = list(original.scopes)
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
