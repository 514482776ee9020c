"""How large an operation may be, and which one is meant, checked before anything runs.

One rule is made per set of limits and kept, so that strawberry's validation cache recognises it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    get_operation_ast,
)
from strawberry.extensions import SchemaExtension

from resolvers.bounds import DEFAULT_LIMITS, Limits
from resolvers.context import Context


class OperationSize(ValidationRule):
    """Bound an operation's depth (introspection aside) and the aliases in it, fragments counted where they are used.

    Directives are counted where they are written.
    """

    limits: ClassVar[Limits]

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._directives = 0
        # Each fragment is measured once: following every use would take exponential time in nested ones.
        self._measured: dict[str, tuple[int, int]] = {}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        depth, aliases = self._measure(node.selection_set)
        limits = self.limits
        if depth > limits.depth:
            self.report_error(GraphQLError(f"The operation is {depth} levels deep: at most {limits.depth}.", node))
        if aliases > limits.aliases:
            what = "aliases and repeated fields"
            self.report_error(GraphQLError(f"The operation has {aliases} {what}: at most {limits.aliases}.", node))

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self._directives += 1
        if self._directives == self.limits.directives + 1:
            self.report_error(GraphQLError(f"The document has more than {self.limits.directives} directives.", node))

    def _measure(self, selections: SelectionSetNode | None) -> tuple[int, int]:
        """The depth below a selection and the aliases in it."""
        depth = aliases = 0
        names: set[str] = set()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                below, inside = self._measure(selection.selection_set)
                below = 0 if selection.name.value.startswith("__") else below + 1
                inside += selection.alias is not None or selection.name.value in names
                names.add(selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                below, inside = self._measure_fragment(selection.name.value)
            else:
                below, inside = self._measure(getattr(selection, "selection_set", None))
            depth, aliases = max(depth, below), aliases + inside
        return depth, aliases

    def _measure_fragment(self, name: str) -> tuple[int, int]:
        if name not in self._measured:
            # Stands while the fragment is measured: one that contains itself is another rule's business.
            self._measured[name] = (0, 0)
            fragment: FragmentDefinitionNode | None = self.context.get_fragment(name)
            self._measured[name] = self._measure(fragment.selection_set if fragment else None)
        return self._measured[name]


@cache
def rules_of(limits: Limits) -> tuple[type[ValidationRule], ...]:
    """The rules that hold a document to these limits, besides GraphQL's own."""
    size = type("OperationSize", (OperationSize,), {"limits": limits})
    return (size,) if limits.introspection else (size, NoSchemaIntrospectionCustomRule)


class OperationLimits(SchemaExtension):
    """Put the limits on every operation, and let nothing run where a document has several and none is named."""

    def on_operation(self) -> Iterator[None]:
        context = self.execution_context.context
        limits = context.limits if isinstance(context, Context) else DEFAULT_LIMITS
        self.execution_context.parse_options["max_tokens"] = limits.tokens
        self.execution_context.validation_rules += rules_of(limits)
        yield

    def on_execute(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        # The public operation_name is the first operation's where the caller gave none.
        if document and get_operation_ast(document, context._provided_operation_name) is None:
            raise GraphQLError("The document has several operations: say which one by operationName.")
        yield
