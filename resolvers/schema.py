"""The schema, put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from resolvers.budget import MAX_OBJECTS, ObjectBudget, count_objects
from resolvers.context import Context
from resolvers.failures import translate
from resolvers.limits import OperationLimits
from resolvers.mutation import Mutation
from resolvers.plans import Planner
from resolvers.plans.run import Run
from resolvers.query import Query
from resolvers.scalars import SCALARS


class NoteDocuments(SchemaExtension):
    """Keep documents that were found valid, so that the next time there is a plan for them."""

    def on_validate(self) -> Iterator[None]:
        yield
        context = self.execution_context
        if context.query and context.graphql_document and not context.pre_execution_errors:
            assert isinstance(context.schema, HubSchema)  # noqa: S101  (it is put into that schema only)
            context.schema.planner.note(context.query, context._provided_operation_name, context.graphql_document)


class HubSchema(strawberry.Schema):
    """Strawberry's schema with plans for documents that were seen, and failures translated in this one place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
        """Run an operation; `errors` hold what callers may see."""
        data = await self._run_plan(query, variable_values, context_value, operation_name)
        if data is not None:
            return ExecutionResult(data=data, errors=None)
        return await self.execute_ordinarily(
            query, variable_values, context_value, root_value, operation_name, allowed_operation_types
        )

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
        seen = self.planner.find(query, operation_name) if query and isinstance(context, Context) else None
        if seen is None or not isinstance(context, Context):
            return None
        values = self.planner.read_variables(seen, variables)
        if values is None or count_objects(seen.document, operation_name, variables or {}) > MAX_OBJECTS:
            return None
        plan = self.planner.plan(seen, values)
        if plan is None:
            return None
        try:
            return await plan.run(Run(context, values))
        except Exception as error:
            structlog.get_logger(__name__).debug("plan gave up", error=type(error).__name__)
            return None

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: `translate` logs, once, and only what is worth it."""


schema = HubSchema(
    query=Query,
    mutation=Mutation,
    extensions=[OperationLimits, ParserCache, ValidationCache, ObjectBudget, NoteDocuments],
    config=StrawberryConfig(scalar_map=SCALARS),
)
