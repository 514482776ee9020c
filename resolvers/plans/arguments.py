"""Arguments of a field of a plan: their values worked out once where they are constant, and else by a prepared way.

GraphQL and strawberry each walk along types and definitions to read an argument, for every request. What most
arguments are made of (variables that are scalars, alone or in an input object) is read here by a function that was put
together with the plan; for whatever else there is, they are asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from operator import itemgetter
from typing import Any, Final, TypeAlias

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.utilities.coerce_input_value import coerce_input_literal
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_argument, convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField

from resolvers.plans.run import Run

Arguments: TypeAlias = Mapping[str, Any]
Read: TypeAlias = Callable[[Run], Arguments]
_Coerced: TypeAlias = Mapping[str, Any]
_ReadValue: TypeAlias = Callable[[_Coerced], Any]

_NONE: Final[Arguments] = {}
_PLAIN: Final = (GraphQLString, GraphQLID, GraphQLInt, GraphQLFloat, GraphQLBoolean)


class _Unprepared(Exception):
    """GraphQL has to read this."""


def prepare_arguments(schema: GraphQLSchema, node: FieldNode, definition: GraphQLField, field: StrawberryField) -> Read:
    """What reads the arguments of a resolver, by their names in Python, for each run.

    It raises GraphQLError as `get_argument_values`.
    """
    if not field.arguments:
        return lambda _: _NONE
    preparing = _Preparing(schema.extensions["strawberry-definition"].schema_converter, definition, field)
    if not has_variables(node):
        constant = preparing.read(node, None)
        return lambda _: constant
    try:
        prepared = preparing.prepare(node)
    except _Unprepared:
        return lambda run: preparing.read(node, run.variables)

    def read(run: Run) -> Arguments:
        coerced = run.variables.coerced
        try:
            return {name: read_value(coerced) for name, read_value in prepared}
        except (_Unprepared, KeyError):  # null where none is allowed, or a variable without a value
            return preparing.read(node, run.variables)

    return read


@dataclass(frozen=True, slots=True)
class _Preparing:
    converter: GraphQLCoreConverter
    definition: GraphQLField
    field: StrawberryField

    def read(self, node: FieldNode, variables: VariableValues | None) -> Arguments:
        """All arguments, by GraphQL and strawberry."""
        return convert_arguments(
            get_argument_values(self.definition, node, variables),
            self.field.arguments,
            scalar_registry=self.converter.scalar_registry,
            config=self.converter.config,
        )

    def prepare(self, node: FieldNode) -> list[tuple[str, _ReadValue]]:
        """How to read each argument that is given; raises _Unprepared."""
        given = {one.name.value: one.value for one in node.arguments or ()}
        prepared: list[tuple[str, _ReadValue]] = []
        for argument in self.field.arguments:
            name = self.converter.config.name_converter.from_argument(argument)
            read = self._prepare_given(given.get(name), self.definition.args[name], argument.type)
            if read is not None:
                prepared.append((argument.python_name, read))
        return prepared

    def _prepare_given(
        self, node: ValueNode | None, definition: GraphQLArgument | GraphQLInputField, type_: Any
    ) -> _ReadValue | None:
        """None for what is not given and has no default in GraphQL: Python's counts."""
        if node is None:
            if definition.default is not None or definition.default_value is not Undefined:
                raise _Unprepared
            return None
        if isinstance(definition.type, GraphQLNonNull):
            return _refuse_null(self._prepare_value(node, definition.type.of_type, type_))
        return self._prepare_value(node, definition.type, type_)

    def _prepare_value(self, node: ValueNode, input_type: GraphQLInputType, type_: Any) -> _ReadValue:
        if isinstance(type_, StrawberryMaybe):
            raise _Unprepared
        if isinstance(type_, StrawberryOptional):
            type_ = type_.of_type
        if not has_variables(node):
            constant = self._convert(coerce_input_literal(node, input_type), type_)
            return lambda _: constant
        if isinstance(node, VariableNode):
            variable = node.name.value
            if input_type in _PLAIN:
                return itemgetter(variable)
            return lambda coerced: self._convert(coerced[variable], type_)
        if isinstance(node, ObjectValueNode) and isinstance(input_type, GraphQLInputObjectType):
            return self._prepare_object(node, input_type, type_)
        raise _Unprepared

    def _prepare_object(self, node: ObjectValueNode, input_type: GraphQLInputObjectType, type_: Any) -> _ReadValue:
        if not has_object_definition(type_) or type_.__strawberry_definition__.from_input is not None:
            raise _Unprepared
        given = {one.name.value: one.value for one in node.fields}
        absent: dict[str, None] = {}
        prepared: list[tuple[str, _ReadValue]] = []
        for field in type_.__strawberry_definition__.fields:
            name = self.converter.config.name_converter.from_field(field)
            read = self._prepare_given(given.get(name), input_type.fields[name], field.resolve_type())
            if read is not None:
                prepared.append((field.python_name, _refuse_null(read) if input_type.is_one_of else read))
            elif field.default_value is MISSING and field.default_factory is MISSING:
                absent[field.python_name] = None
        return lambda coerced: type_(**absent, **{name: read(coerced) for name, read in prepared})

    def _convert(self, value: Any, type_: Any) -> Any:
        return convert_argument(value, type_, self.converter.scalar_registry, self.converter.config)


def _refuse_null(read: _ReadValue) -> _ReadValue:
    def read_present(coerced: _Coerced) -> Any:
        value = read(coerced)
        if value is None:
            raise _Unprepared
        return value

    return read_present


def has_variables(node: FieldNode | ValueNode) -> bool:
    """Whether a value, or any argument of a field, depends on variables."""
    finder = _VariableFinder()
    for one in (node.arguments or ()) if isinstance(node, FieldNode) else (node,):
        visit(one, finder)
    return finder.found


class _VariableFinder(Visitor):
    """Whether there is a variable in what is visited."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def enter_variable(self, _node: VariableNode, *_: object) -> None:
        self.found = True
