"""How much an operation may ask for, reckoned from its page sizes before it runs.

Apart from `limits`, whose verdict on a document is remembered: this one depends on the variables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_operation_ast,
)
from strawberry.extensions import SchemaExtension

from resolvers.context import Context
from resolvers.cursors import DEFAULT_PAGE, MAX_PAGE
from resolvers.metering import MAX_OBJECTS, WORK, Meter

WRITE_COST: Final = 10
SIZES: Final = frozenset({"first", "last"})
"""The arguments that say how large a page is."""
LISTS: Final = frozenset({"representations", "who"})
"""The arguments of which each item asks for an object."""
# Their `explain` is paid for by what it turns out to read.
_EXPLAINED_OTHERWISE: Final = frozenset({"balances", "Balance", "memberships", "Membership"})
_ITEMS: Final = frozenset({"nodes", "edges"})


def measure(size: Any) -> Any:
    """What a variable tells of a size: of a list how long it is."""
    return len(size) if isinstance(size, list) else size


class ObjectBudget(SchemaExtension):
    """Refuse an operation that may cost more than is allowed, or than its client has left."""

    def on_execute(self) -> Iterator[None]:
        running = self.execution_context
        if running.graphql_document:
            context = running.context
            meter = context.meter if isinstance(context, Context) else Meter(MAX_OBJECTS)
            admit(meter, running.graphql_document, running.operation_name, running.variables or {})
        yield


def admit(meter: Meter, document: DocumentNode, name: str | None, variables: Mapping[str, Any]) -> None:
    """Let an operation of a valid document run; raises GraphQLError where it asks for too much, and Throttled."""
    operation = get_operation_ast(document, name)
    writes = operation is not None and operation.operation is OperationType.MUTATION
    charge(meter, count_objects(document, name, variables), writes=writes)


def charge(meter: Meter, cost: int, *, writes: bool) -> None:
    """Let an operation run that costs so much; raises as `admit`."""
    if cost > meter.limit:
        raise GraphQLError(
            f"The operation asks for up to {cost} objects: at most {meter.limit}. "
            "Choose a smaller first, here or inside, and go on with after."
        )
    meter.admit(cost, writes=writes)


def count_objects(document: DocumentNode, name: str | None, variables: Mapping[str, Any]) -> int:
    """How many objects an operation of a valid document shows if every page is full; 0 where none is meant.

    Lists that are not paged (identifiers, the lines of an order) count as one: they are short by nature. A field of a
    mutation counts as `WRITE_COST` more, what has to be worked out from everything connected to a person as `WORK`.
    """
    operation = get_operation_ast(document, name)
    if operation is None:
        return 0
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    shown = _Reckoning(operation, fragments, variables).count(operation.selection_set, DEFAULT_PAGE, "")
    if operation.operation is not OperationType.MUTATION:
        return shown
    return shown + WRITE_COST * len(operation.selection_set.selections)


class _Reckoning:
    """One operation's count."""

    def __init__(
        self,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self._fragments = fragments
        self._variables = variables
        self._defaults = {node.variable.name.value: node.default_value for node in operation.variable_definitions or ()}
        # Each fragment is counted once a page size: following every use would take exponential time in nested ones.
        self._counted: dict[tuple[str, int], int] = {}

    def count(self, selections: SelectionSetNode, page: int, holder: str) -> int:
        """The objects below one object.

        Args:
            page: the size of the page that it is, where it is one.
            holder: the type that it is, where a fragment says so, or the field that shows it.
        """
        objects = 0
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                objects += self._count_field(selection, page, holder)
            elif isinstance(selection, FragmentSpreadNode):
                objects += self._count_fragment(selection.name.value, page)
            elif isinstance(selection, InlineFragmentNode):
                kind = selection.type_condition.name.value if selection.type_condition else holder
                objects += self.count(selection.selection_set, page, kind)
        return objects

    def _count_field(self, field: FieldNode, page: int, holder: str) -> int:
        if field.selection_set is None:
            return 0
        first = self._read_first(field)
        name = field.name.value
        work = 0 if name == "explain" and holder in _EXPLAINED_OTHERWISE else WORK.get(name, 0)
        inside = 1 + work + self.count(field.selection_set, DEFAULT_PAGE if first is None else first, name)
        if (listed := self._find_argument(field, LISTS)) is not None:
            return inside * self._count_items(listed)
        # A page is read in full even if none of its items is asked for.
        return inside * page if name in _ITEMS else max(inside, first or 0)

    def _count_fragment(self, name: str, page: int) -> int:
        if (name, page) not in self._counted:
            fragment = self._fragments[name]
            kind = fragment.type_condition.name.value
            self._counted[name, page] = self.count(fragment.selection_set, page, kind)
        return self._counted[name, page]

    def _read_first(self, field: FieldNode) -> int | None:
        size = self._find_argument(field, SIZES)
        return None if size is None else self._read_size(size)

    def _find_argument(self, field: FieldNode, names: frozenset[str]) -> ValueNode | None:
        return next((one.value for one in field.arguments or () if one.name.value in names), None)

    def _count_items(self, value: ValueNode) -> int:
        """How many a list holds; one that is none stands for its only item."""
        if isinstance(value, VariableNode):
            name = value.name.value
            if name not in self._variables and (default := self._defaults.get(name)) is not None:
                return self._count_items(default)
            given = self._variables.get(name)
            return len(given) if isinstance(given, list) else 1
        return len(value.values) if isinstance(value, ListValueNode) else 1

    def _read_size(self, value: ValueNode) -> int:
        """A page's size; what is none is refused where the page is read, so that it costs nothing."""
        size: object = None
        if isinstance(value, VariableNode):
            name = value.name.value
            if name not in self._variables:
                default = self._defaults.get(name)
                return DEFAULT_PAGE if default is None else self._read_size(default)
            size = self._variables[name]
        elif isinstance(value, IntValueNode):
            size = int(value.value)
        if size is None:
            return DEFAULT_PAGE
        return int(min(size, MAX_PAGE)) if isinstance(size, int | float) and size > 0 else 0
