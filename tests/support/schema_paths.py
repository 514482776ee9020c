"""The shortest document that asks for a field, for every field of a schema."""

from __future__ import annotations

from collections import deque
from typing import Final

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_required_argument,
)


class Paths:
    """Ways through a schema; what an argument needs is a variable `$v0`, `$v1`... of its type."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._ways: Final = self._find_ways()

    def ask_for(self, coordinate: str, ask: str = "{field}") -> str:
        """A valid operation that asks for a field; `ask` puts `{field}` into other words: an alias, a fragment."""
        owner, _, name = coordinate.partition(".")
        way = self._ways[owner]
        field = self._type(owner).fields[name]
        variables = list[str]()
        inner = ask.replace(
            "{field}", self._show(name, field, "{ __typename }" if self._holds(field) else "", variables)
        )
        for step_owner, step_name, step in reversed(way):
            inner = f"{{ ... on {owner} {{ {inner} }} }}"
            inner, owner = self._show(step_name, step, inner, variables), step_owner
        return f"{owner.lower()} Asked{_in_brackets(variables)} {{ {inner} }}"

    def _find_ways(self) -> dict[str, list[tuple[str, str, GraphQLField]]]:
        ways: dict[str, list[tuple[str, str, GraphQLField]]] = {"Query": [], "Mutation": [], "Subscription": []}
        waiting = deque(ways)
        while waiting:
            owner = waiting.popleft()
            for name, field in self._type(owner).fields.items():
                for reached in self._reached(field):
                    if reached not in ways:
                        ways[reached] = [*ways[owner], (owner, name, field)]
                        waiting.append(reached)
        return ways

    def _reached(self, field: GraphQLField) -> list[str]:
        kind = get_named_type(field.type)
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            found = [one.name for one in self._schema.get_possible_types(kind)]
            interfaces = [one.name for name in found for one in self._type(name).interfaces]
            return [*found, *interfaces, *([kind.name] if isinstance(kind, GraphQLInterfaceType) else [])]
        return [kind.name] if isinstance(kind, GraphQLObjectType) else []

    def _show(self, name: str, field: GraphQLField, inner: str, variables: list[str]) -> str:
        given = list[str]()
        for argument, of in field.args.items():
            if is_required_argument(of):
                given.append(f"{argument}: $v{len(variables)}")
                variables.append(f"$v{len(variables)}: {of.type}")
        return f"{name}{_in_brackets(given)} {inner}"

    def _holds(self, field: GraphQLField) -> bool:
        return is_composite_type(get_named_type(field.type))

    def _type(self, name: str) -> GraphQLObjectType | GraphQLInterfaceType:
        kind = self._schema.type_map[name]
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
        return kind


def _in_brackets(words: list[str]) -> str:
    return f"({', '.join(words)})" if words else ""
