"""The schema, put together."""

from __future__ import annotations

from typing import Any

import strawberry
from graphql import GraphQLError, parse, validate
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult

from resolvers.budget import ObjectBudget
from resolvers.failures import translate
from resolvers.limits import OperationLimits
from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.scalars import SCALARS


class HubSchema(strawberry.Schema):
    """Strawberry's schema with failures translated in this one place."""

    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        """Run an operation; `errors` hold what callers may see."""
        result = await super().execute(*args, **kwargs)
        if result.errors:
            result.errors = [translate(error) for error in result.errors]
        return result

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: `translate` logs, once, and only what is worth it."""


schema = HubSchema(
    query=Query,
    mutation=Mutation,
    extensions=[OperationLimits, ParserCache, ValidationCache, ObjectBudget],
    config=StrawberryConfig(scalar_map=SCALARS),
)


def find_error(text: str) -> str | None:
    """What is wrong with a document, in one sentence; None where it is valid."""
    try:
        errors = validate(schema._schema, parse(text))
    except GraphQLError as error:
        return error.message
    return errors[0].message if errors else None
