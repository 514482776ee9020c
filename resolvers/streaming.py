"""Subscriptions: a valid one opens a source of events, and each event is answered like an operation of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from graphql import (
    ExecutionResult as CoreResult,
)
from graphql.execution import Executor, create_source_event_stream

from hub.core.errors import HubError
from resolvers.bounds import Limits
from resolvers.budget import admit
from resolvers.context import Context
from resolvers.failures import translate
from resolvers.limits import rules_of
from resolvers.schema import HubSchema


class NotOpened(Exception):
    """Why a subscription was not opened."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Asked:
    """A subscription as it was sent."""

    query: str
    variables: dict[str, Any] | None
    name: str | None


def find_subscription(known: HubSchema, asked: Asked, limits: Limits) -> DocumentNode | None:
    """The document of a subscription; None where another operation is meant, and for what cannot be parsed."""
    seen = known.planner.find(asked.query, asked.name, limits)
    try:
        document = parse(asked.query, max_tokens=limits.tokens) if seen is None else seen.document
    except GraphQLError:
        return None
    operation = get_operation_ast(document, asked.name)
    return document if operation is not None and operation.operation is OperationType.SUBSCRIPTION else None


async def open_source(
    known: HubSchema, asked: Asked, document: DocumentNode, context: Context
) -> AsyncGenerator[Any, None]:
    """What `known.tell` makes an answer of, one for each event, by what `find_subscription` gave.

    It passes the limits, the gate and the meter as any operation; raises NotOpened with what callers may see.
    """
    _validate(known, asked, document, context.limits)
    try:
        known.let_in(context, asked.query, asked.name, document)
        admit(context.meter, document, asked.name, asked.variables or {})
    except (HubError, GraphQLError) as error:
        raise _not_opened(error) from error
    executor = Executor.build(
        known._schema,
        document,
        context_value=context,
        raw_variable_values=asked.variables,
        operation_name=asked.name,
    )
    if isinstance(executor, list):
        raise _not_opened(*executor)
    source = create_source_event_stream(executor)
    opened = await source if executor.is_awaitable(source) else source
    if isinstance(opened, CoreResult):
        raise _not_opened(*(opened.errors or ()))
    return cast("AsyncGenerator[Any, None]", opened)


def _validate(known: HubSchema, asked: Asked, document: DocumentNode, limits: Limits) -> None:
    """Raises NotOpened; what was found valid once is known."""
    if known.planner.find(asked.query, asked.name, limits) is not None:
        return
    if errors := validate(known._schema, document, [*specified_rules, *rules_of(limits)]):
        raise _not_opened(*errors)
    known.planner.note(asked.query, asked.name, limits, document)


def _not_opened(*errors: Exception) -> NotOpened:
    wrapped = (one if isinstance(one, GraphQLError) else GraphQLError(str(one), original_error=one) for one in errors)
    # Without a path: nothing has run of which a part could have failed.
    shown = (translate(one) for one in wrapped)
    return NotOpened([GraphQLError(one.message, nodes=one.nodes, extensions=one.extensions) for one in shown])
