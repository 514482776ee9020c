"""Documents that were seen, with the plans that were made of them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    get_operation_ast,
    visit,
)
from graphql.execution.values import VariableValues

from resolvers.bounds import Limits
from resolvers.budget import LISTS, SIZES, count_objects, measure
from resolvers.plans.compiling import Plan, compile_query
from resolvers.plans.run import Unplanned
from resolvers.plans.variables import ReadVariables, prepare_variables

_MOST_PLANS: Final = 1000
_MOST_VARIANTS: Final = 16
_MOST_CHARS: Final = 20_000

_Key: TypeAlias = tuple[str, str | None, Limits]


@dataclass(slots=True)
class Seen:
    """An operation of a document that was found valid.

    Attributes:
        read_variables: the variables as the operation declares them, by what a caller gives.
        conditions: the variables that decide which fields there are.
        sizes: the variables that decide how large pages may be.
        plans: by the values of `conditions`; None where there is no plan.
        costs: by the values of `sizes`, in objects.
    """

    document: DocumentNode
    operation: OperationDefinitionNode
    read_variables: ReadVariables
    conditions: tuple[str, ...]
    sizes: tuple[str, ...]
    plans: dict[tuple[Any, ...], Plan | None] = field(default_factory=dict[tuple[Any, ...], "Plan | None"])
    costs: dict[tuple[Any, ...], int] = field(default_factory=dict[tuple[Any, ...], int])

    @property
    def writes(self) -> bool:
        """Whether it is a mutation."""
        return self.operation.operation is OperationType.MUTATION


class Planner:
    """Plans of one schema, the least used ones forgotten first."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._seen: OrderedDict[_Key, Seen] = OrderedDict()

    def find(self, query: str, operation_name: str | None, limits: Limits) -> Seen | None:
        """The operation, if its document was noted as valid within these limits."""
        key = query, operation_name, limits
        found = self._seen.get(key)
        if found is not None:
            self._seen.move_to_end(key)
        return found

    def note(self, query: str, operation_name: str | None, limits: Limits, document: DocumentNode) -> None:
        """Keep a document that was found valid, for the next time; not one that is as long as nobody writes them."""
        key = query, operation_name, limits
        operation = get_operation_ast(document, operation_name)
        if operation is None or key in self._seen or len(query) > _MOST_CHARS:
            return
        finder = _VariableFinder()
        visit(document, finder)
        read = prepare_variables(self._schema, operation)
        self._seen[key] = Seen(document, operation, read, tuple(sorted(finder.conditions)), tuple(sorted(finder.sizes)))
        if len(self._seen) > _MOST_PLANS:
            self._seen.popitem(last=False)

    def reckon(self, seen: Seen, variables: VariableValues) -> int:
        """What the operation may cost, in objects; counted once for pages of the same sizes."""
        sizes = tuple(measure(variables.coerced.get(name)) for name in seen.sizes)
        cost = seen.costs.get(sizes)
        if cost is None:
            name = seen.operation.name.value if seen.operation.name else None
            cost = count_objects(seen.document, name, variables.coerced)
            if len(seen.costs) < _MOST_VARIANTS:
                seen.costs[sizes] = cost
        return cost

    def plan(self, seen: Seen, variables: VariableValues) -> Plan | None:
        """The plan for these variables, made where there is none yet; None where plans do not cover it."""
        decided = tuple(variables.coerced.get(name) for name in seen.conditions)
        if decided not in seen.plans:
            if len(seen.plans) >= _MOST_VARIANTS:
                return None
            try:
                seen.plans[decided] = compile_query(self._schema, seen.document, seen.operation, variables)
            except Unplanned:
                seen.plans[decided] = None
        return seen.plans[decided]


class _VariableFinder(Visitor):
    """The variables in directives, and those that are the sizes of pages."""

    def __init__(self) -> None:
        super().__init__()
        self.conditions: set[str] = set()
        self.sizes: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.conditions.update(name for _, name in _list_variables(node))

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.sizes.update(name for argument, name in _list_variables(node) if argument in SIZES | LISTS)


def _list_variables(node: DirectiveNode | FieldNode) -> list[tuple[str, str]]:
    """Arguments that are a variable, with its name."""
    given = node.arguments or ()
    return [(one.name.value, one.value.name.value) for one in given if isinstance(one.value, VariableNode)]
