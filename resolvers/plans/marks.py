"""What a field says of itself to plans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

_Resolver = TypeVar("_Resolver", bound=Callable[..., Any])

Name: TypeAlias = Callable[..., Iterable[Any]]

_READS = "__reads__"
_FINDS = "__finds__"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a field reads.

    Attributes:
        loader: one of `Loaders`.
        name: the keys that it asks this for, from what the field itself is called with.
        unless: the argument with which it then waits for more; empty for none.
    """

    loader: str
    name: Name
    unless: str = ""

    def suffices(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a field that is called like this waits for nothing else."""
        return not self.unless or arguments.get(self.unless) is None


def reads(loader: str, name: Name | None = None, *, unless: str = "") -> Callable[[_Resolver], _Resolver]:
    """A field that waits for nothing but one loader, `unless` that argument is given.

    Without `name` it asks for its object's `id`.

    A plan reads for all objects of a selection at once what their fields are marked with, and then runs the fields.
    """

    def mark(resolver: _Resolver) -> _Resolver:
        setattr(resolver, _READS, Mark(loader, name or _name_itself, unless))
        return resolver

    return mark


def finds(nobody: object) -> Callable[[_Resolver], _Resolver]:
    """A field that finds a person, for whom `nobody` stands until then.

    A plan asks the fields below what they will read of nobody, and has it read with the person.
    """

    def mark(resolver: _Resolver) -> _Resolver:
        setattr(resolver, _FINDS, nobody)
        return resolver

    return mark


def find_nobody(resolver: Callable[..., Any]) -> object | None:
    """Who stands for whom a field finds; None for a field that finds nobody."""
    return getattr(resolver, _FINDS, None)


def find_mark(resolver: Callable[..., Any]) -> Mark | None:
    """What a field is marked with."""
    mark: Mark | None = getattr(resolver, _READS, None)
    return mark


def _name_itself(source: Any, **_: object) -> tuple[str]:
    return (source.id,)
