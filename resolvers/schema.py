"""The schema, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Final

import strawberry
import structlog
from graphql import DocumentNode, GraphQLError, parse, validate
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from hub.core.access import Grant
from hub.core.errors import HubError, Unavailable
from hub.core.traces import span
from resolvers.access.gate import Gate
from resolvers.access.openings import read_openings
from resolvers.budget import ObjectBudget, charge
from resolvers.context import Context
from resolvers.failures import log_unexpected, translate
from resolvers.federation.entities import REPRESENTATION, Representation
from resolvers.limits import OperationLimits
from resolvers.mutation import Mutation
from resolvers.plans import Planner
from resolvers.plans.run import Run
from resolvers.query import Query
from resolvers.scalars import SCALARS
from resolvers.subscription import Subscription

_NOBODY: Final = Grant("", frozenset())
_UNLOGGED: Final = (
    "The access log cannot be written, so the answer is kept back. A change may be stored: send it again under its "
    "key, a repeat is recognised."
)


class NoteDocuments(SchemaExtension):
    """Keep documents that were found valid, so that the next time there is a plan for them."""

    def on_validate(self) -> Iterator[None]:
        yield
        running = self.execution_context
        document, context, known_by = running.graphql_document, running.context, running.schema
        if not document or running.pre_execution_errors or not isinstance(context, Context):
            return
        if running.query and isinstance(known_by, HubSchema):
            known_by.planner.note(running.query, running._provided_operation_name, context.limits, document)


class AccessGate(SchemaExtension):
    """Let nothing run that the caller's grant does not open."""

    def on_execute(self) -> Iterator[None]:
        running = self.execution_context
        document, known_by = running.graphql_document, running.schema
        if document and isinstance(known_by, HubSchema):
            known_by.let_in(running.context, running.query or "", running._provided_operation_name, document)
        yield


class ReadFirst(SchemaExtension):
    """Read what comes before anything else, once the operation is let in."""

    async def on_execute(self) -> AsyncIterator[None]:
        running = self.execution_context
        if running.graphql_document and isinstance(running.context, Context):
            await running.context.begin()
        yield


class HubSchema(strawberry.Schema):
    """Strawberry's schema with plans for documents that were seen, and failures translated in this one place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.openings = read_openings(self)
        self.gate = Gate(self._schema, self.openings)
        self.planner = Planner(self._schema)

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run an operation; `errors` hold what callers may see. It is in the access log before this returns."""
        data = await self._run_plan(query, variable_values, context_value, operation_name)
        result = ExecutionResult(data=data, errors=None)
        if data is None:
            with span("graphql.execute"):
                result = await self.execute_ordinarily(
                    query, variable_values, context_value, root_value, operation_name, allowed_operation_types
                )
        if isinstance(context_value, Context) and context_value.meter.admitted:
            return await self._log(context_value, result)
        return result

    async def tell(
        self,
        event: object,
        query: str,
        variable_values: dict[str, Any] | None,
        context: Context,
        operation_name: str | None,
    ) -> ExecutionResult:
        """Answer a subscription for one event of its source; in everything else as `execute`."""
        result = await self.execute_ordinarily(
            query, variable_values, context, event, operation_name, (OperationType.SUBSCRIPTION,)
        )
        return await self._log(context, result) if context.meter.admitted else result

    async def _log(self, context: Context, result: ExecutionResult) -> ExecutionResult:
        """The result, or why there is none: what the log does not know of is not shown."""
        try:
            await context.trail.leave(context.grant, context.now_ms)
        except Exception as error:
            if not isinstance(error, HubError):
                log_unexpected(error)
            withheld = GraphQLError(_UNLOGGED, original_error=Unavailable(_UNLOGGED))
            return ExecutionResult(data=None, errors=[translate(withheld)])
        return result

    def let_in(self, context: object, query: str, operation_name: str | None, document: DocumentNode) -> None:
        """Raises Forbidden for what the grant of a context does not open; without a context nothing is granted."""
        grant = context.grant if isinstance(context, Context) else _NOBODY
        verdict = self.gate.judge(query, operation_name, document, grant)
        verdict.check()
        if isinstance(context, Context):
            context.trail.verdict = verdict

    async def execute_ordinarily(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """The same without plans."""
        result = await super().execute(*args, **kwargs)
        if result.errors:
            result.errors = [translate(error) for error in result.errors]
        return result

    async def _run_plan(
        self, query: str | None, variables: dict[str, Any] | None, context: object, operation_name: str | None
    ) -> dict[str, Any] | None:
        """What a plan answers, if there is one and nothing goes wrong."""
        if not query or not isinstance(context, Context):
            return None
        seen = self.planner.find(query, operation_name, context.limits)
        values = None if seen is None else seen.read_variables(variables or {})
        if seen is None or values is None:
            return None
        try:
            self.let_in(context, query, operation_name, seen.document)
            charge(context.meter, self.planner.reckon(seen, values), writes=seen.writes)
            await context.begin()
            plan = self.planner.plan(seen, values)
            if plan is None:
                return None
            with span("graphql.plan"):
                return await plan.run(Run(context, values))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return None  # not the request is cut off, only a read that it shared
        except Exception as error:
            structlog.get_logger(__name__).debug("plan gave up", error=type(error).__name__)
            return None

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: `translate` logs, once, and only what is worth it."""


EXTENSIONS: Final = (OperationLimits, ParserCache, ValidationCache, AccessGate, ObjectBudget, ReadFirst, NoteDocuments)
"""What ordinary execution passes: in this order before anything runs."""

schema = HubSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=EXTENSIONS,
    config=StrawberryConfig(scalar_map={**SCALARS, Representation: REPRESENTATION}),
)


def find_error(text: str) -> str | None:
    """What is wrong with a document, in one sentence; None where it is valid."""
    try:
        errors = validate(schema._schema, parse(text))
    except GraphQLError as error:
        return error.message
    return errors[0].message if errors else None
