"""Variables of an operation, read by what its document says of them: GraphQL would work that out for each request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

ReadVariables: TypeAlias = Callable[[Mapping[str, Any]], VariableValues | None]

_MAX_INT: Final = 2**31
_PLAIN: Final[Mapping[GraphQLInputType, Callable[[Any], bool]]] = {
    GraphQLString: lambda value: type(value) is str,
    GraphQLID: lambda value: type(value) is str,
    GraphQLBoolean: lambda value: type(value) is bool,
    GraphQLInt: lambda value: type(value) is int and -_MAX_INT <= value < _MAX_INT,
}
"""Which values of a scalar are taken as they are."""


def prepare_variables(schema: GraphQLSchema, operation: OperationDefinitionNode) -> ReadVariables:
    """What reads the variables of an operation of a valid document; None where they do not fit."""
    definitions = operation.variable_definitions or ()
    signatures = [get_variable_signature(schema, one) for one in definitions]

    def read_any(given: Mapping[str, Any]) -> VariableValues | None:
        values = get_variable_values(schema, definitions, dict(given))
        return values if isinstance(values, VariableValues) else None

    plain = [_find_plain(one) for one in signatures if isinstance(one, GraphQLVariableSignature)]
    prepared = [one for one in plain if one is not None]
    if len(prepared) < len(signatures):
        return read_any

    def read(given: Mapping[str, Any]) -> VariableValues | None:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, fits in prepared:
            value = given.get(name)
            if not fits(value):
                return read_any(given)
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = value
        return VariableValues(sources, coerced)

    return read


def _find_plain(
    signature: GraphQLVariableSignature,
) -> tuple[str, GraphQLVariableSignature, Callable[[Any], bool]] | None:
    """None for a type whose values GraphQL has to read. What is null, or left out, fits no type here: GraphQL tells."""
    kind = signature.type.of_type if isinstance(signature.type, GraphQLNonNull) else signature.type
    return None if kind not in _PLAIN else (signature.name, signature, _PLAIN[kind])
