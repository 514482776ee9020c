"""From a valid document to a plan. Which fields a selection has is graphql-core's to say: so both ways agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from resolvers.plans.fields import CalledField, PlainField, plan_field
from resolvers.plans.objects import write_object, write_one_of
from resolvers.plans.run import Run, Unplanned
from resolvers.plans.values import Shown, Written, allow_null, refuse_null, write_all, write_leaf, write_list


@dataclass(frozen=True, slots=True)
class Plan:
    """A query made ready."""

    written: Written

    async def run(self, run: Run) -> dict[str, Any]:
        """The answer's `data`."""
        [data] = await write_all(self.written, [None], run)
        answer: dict[str, Any] = data
        return answer


def compile_query(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: VariableValues
) -> Plan:
    """A plan for a query of a valid document.

    Args:
        variables: those that `@skip` and `@include` depend on must have the same values whenever the plan is used.

    Raises:
        Unplanned: no query, or something that plans do not cover.
    """
    if operation.operation is not OperationType.QUERY or schema.query_type is None:
        raise Unplanned("not a query")
    fragments = {
        node.name.value: FragmentDetails(node)
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    compiling = _Compiling(schema, fragments, operation, variables)
    return Plan(compiling.write_root(schema.query_type))


@dataclass(frozen=True, slots=True)
class _Compiling:
    schema: GraphQLSchema
    fragments: dict[str, FragmentDetails]
    operation: OperationDefinitionNode
    variables: VariableValues

    def write_root(self, query: GraphQLObjectType) -> Written:
        found = collect_fields(self.schema, self.fragments, self.variables, query, self.operation)
        return write_object(self._plan_fields(query, found.grouped_field_set))

    def _plan_fields(self, parent: GraphQLObjectType, selected: GroupedFieldSet) -> list[PlainField | CalledField]:
        return [self._plan_field(parent, key, details) for key, details in selected.items()]

    def _plan_field(self, parent: GraphQLObjectType, key: str, details: list[FieldDetails]) -> PlainField | CalledField:
        node = details[0].node
        name = node.name.value
        if name == "__typename":
            return PlainField(key, lambda _: parent.name, Shown(lambda value: value))
        definition: GraphQLField | None = parent.fields.get(name)
        if definition is None:
            raise Unplanned("introspection")
        return plan_field(self.schema, key, node, definition, self._write(definition.type, details))

    def _write(self, output: GraphQLOutputType, details: list[FieldDetails]) -> Written:
        if isinstance(output, GraphQLNonNull):
            return refuse_null(self._write_present(output.of_type, details))
        return allow_null(self._write_present(output, details))

    def _write_present(self, output: GraphQLOutputType, details: list[FieldDetails]) -> Written:
        if isinstance(output, GraphQLList):
            return write_list(self._write(output.of_type, details))
        if isinstance(output, GraphQLObjectType):
            return self._write_object(output, details)
        if is_abstract_type(output):
            return self._write_abstract(output, details)
        if is_leaf_type(output):
            return write_leaf(output)
        raise Unplanned("a type of another kind")

    def _write_object(self, output: GraphQLObjectType, details: list[FieldDetails]) -> Written:
        found = collect_subfields(self.schema, self.fragments, self.variables, self.operation, output, details)
        return write_object(self._plan_fields(output, found.grouped_field_set))

    def _write_abstract(self, output: GraphQLAbstractType, details: list[FieldDetails]) -> Written:
        possible = self.schema.get_possible_types(output)
        return write_one_of({one.name: self._write_object(one, details) for one in possible})
