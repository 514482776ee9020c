"""The schema as it is published."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
    get_introspection_query,
)

from hub.core.model import ORDER_STATUSES
from resolvers.order import OrderStatus
from resolvers.print_schema import print_schema
from resolvers.schema import schema

pytestmark = pytest.mark.anyio


def test_the_committed_schema_is_the_codes() -> None:
    committed = Path(__file__).parents[3] / "schema.graphql"

    assert committed.read_text(encoding="utf-8") == print_schema()


def test_the_printed_schema_is_valid() -> None:
    assert build_schema(print_schema()).query_type is not None


def test_every_type_and_field_is_described_in_both_languages() -> None:
    for kind in build_schema(print_schema()).type_map.values():
        for owner, description in _described(kind):
            assert description, owner
            assert re.search(r" / .*[\u4e00-\u9fff]", description), owner


def test_order_statuses_are_the_models() -> None:
    assert tuple(str(status.value) for status in OrderStatus) == ORDER_STATUSES


async def test_the_introspection_of_graphiql_passes_the_limits() -> None:
    query = get_introspection_query(specified_by_url=True, input_value_deprecation=True, schema_description=True)

    assert (await schema.execute(query)).errors is None


def _described(kind: GraphQLNamedType) -> list[tuple[str, str | None]]:
    if kind.name.startswith("__") or kind.name in ("String", "Int", "Boolean", "ID", "Float"):
        return []
    found = [(kind.name, kind.description)]
    if isinstance(kind, GraphQLObjectType):
        for name, field in kind.fields.items():
            found.append((f"{kind.name}.{name}", field.description))
            found += [(f"{kind.name}.{name}({argument})", of.description) for argument, of in field.args.items()]
    if isinstance(kind, GraphQLInputObjectType):
        found += [(f"{kind.name}.{name}", field.description) for name, field in kind.fields.items()]
    if isinstance(kind, GraphQLEnumType):
        found += [(f"{kind.name}.{name}", value.description) for name, value in kind.values.items()]
    return found
