"""What opens a field, said beside its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from hub.core.access import Scope

Opening: TypeAlias = frozenset[Scope]
"""Any one of these scopes; empty: whoever may ask at all."""

ANYONE: Final[tuple[Scope, ...]] = ()

_Type = TypeVar("_Type", bound=type[Any])
_MARK: Final = "__opened_by__"


@dataclass(frozen=True, slots=True)
class Mark:
    """What opens the fields that a class declares: all alike but for some, by their Python names."""

    fields: Opening
    others: Mapping[str, Opening]


def opened_by(*scopes: Scope, **others: Scope | tuple[Scope, ...]) -> Callable[[_Type], _Type]:
    """Mark a type: any of `scopes` opens the fields that it declares, any of others' those that are named."""

    def mark(kind: _Type) -> _Type:
        named = {name: frozenset([one] if isinstance(one, Scope) else one) for name, one in others.items()}
        setattr(kind, _MARK, Mark(frozenset(scopes), named))
        return kind

    return mark


def find_mark(kind: type[Any]) -> Mark | None:
    """A class's own mark; what a class inherits says nothing of the fields that it declares."""
    mark: Mark | None = vars(kind).get(_MARK)
    return mark
