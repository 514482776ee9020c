"""Whether a grant opens all that a document asks for: worked out once for both, and then remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_operation_ast,
    visit,
)
from graphql.utilities import separate_operations

from hub.core.access import Grant, Scope
from hub.core.errors import Forbidden
from resolvers.access.marks import Opening
from resolvers.access.openings import describe

_MOST_VERDICTS: Final = 2000
_MOST_CHARS: Final = 20_000
_MOST_TOLD: Final = 5

_Key: TypeAlias = tuple[str, str | None, frozenset[Scope], bool]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a document and a grant.

    Attributes:
        refusal: why nothing of it is run, and the scopes that are missing; None where it is.
        unmasked: fields that show personal data in clear, by coordinate.
        changes: fields of a mutation, by coordinate.
    """

    refusal: tuple[str, frozenset[Scope]] | None
    unmasked: tuple[str, ...]
    changes: tuple[str, ...]

    def check(self) -> None:
        """Raises Forbidden where nothing is run."""
        if self.refusal is not None:
            raise Forbidden(*self.refusal)


class Gate:
    """One a schema. Verdicts are never shared by grants of different scopes; the least used are forgotten first."""

    def __init__(self, schema: GraphQLSchema, openings: Mapping[str, Opening]) -> None:
        self._schema = schema
        self._openings = openings
        self._verdicts: OrderedDict[_Key, Verdict] = OrderedDict()

    def judge(self, text: str, name: str | None, document: DocumentNode, grant: Grant) -> Verdict:
        """The verdict on an operation of a valid document."""
        key = text, name, grant.scopes, bool(grant.purpose)
        verdict = self._verdicts.get(key)
        if verdict is not None:
            self._verdicts.move_to_end(key)
            return verdict
        verdict = self._work_out(document, name, grant)
        if len(text) <= _MOST_CHARS:
            self._verdicts[key] = verdict
            if len(self._verdicts) > _MOST_VERDICTS:
                self._verdicts.popitem(last=False)
        return verdict

    def _work_out(self, document: DocumentNode, name: str | None, grant: Grant) -> Verdict:
        operation = get_operation_ast(document, name)
        if operation is None:
            return Verdict(None, (), ())
        asked = self._find_asked(document, operation)
        unmasked = tuple(one for one in asked if Scope.PII_READ in self._openings[one])
        changes = tuple(one for one in asked if one.startswith("Mutation."))
        return Verdict(self._refuse(asked, unmasked, grant), unmasked, changes)

    def _find_asked(self, document: DocumentNode, operation: OperationDefinitionNode) -> list[str]:
        """Every field that the operation names, conditional ones too, whatever stands between: by coordinate."""
        alone = separate_operations(document)[operation.name.value if operation.name else ""]
        info = TypeInfo(self._schema)
        finder = _FieldFinder(info)
        visit(alone, TypeInfoVisitor(info, finder))
        return sorted(finder.found)

    def _refuse(self, asked: list[str], unmasked: tuple[str, ...], grant: Grant) -> tuple[str, frozenset[Scope]] | None:
        closed = [one for one in asked if self._openings[one] and not self._openings[one] & grant.scopes]
        if closed:
            told = "; ".join(f"{one} needs {describe(self._openings[one])}" for one in closed[:_MOST_TOLD])
            more = f"; and {len(closed) - _MOST_TOLD} fields more" if len(closed) > _MOST_TOLD else ""
            scopes = frozenset(min(self._openings[one]) for one in closed)
            return f"This token's scopes do not reach so far: {told}{more}.", scopes
        if unmasked and not grant.purpose:
            return f"{unmasked[0]} is personal data in clear: say what for, in the header Hub-Purpose.", frozenset()
        return None


class _FieldFinder(Visitor):
    """The fields that a document names; those of introspection are not the gate's."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent = self._info.get_parent_type()
        if parent is None:
            raise TypeError(f"The field {node.name.value} has no type: only valid documents come to the gate")
        if not node.name.value.startswith("__") and not parent.name.startswith("__"):
            self.found.add(f"{parent.name}.{node.name.value}")
