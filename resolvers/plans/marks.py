"""What a field says of itself to plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_Resolver = TypeVar("_Resolver", bound=Callable[..., Any])

_READS = "__reads__"


def reads(loader: str) -> Callable[[_Resolver], _Resolver]:
    """A field that waits for nothing but one loader of `Loaders`, asked for its object's `id`.

    A plan reads for all objects of a selection at once what their fields are marked with, and then runs the fields.
    """

    def mark(resolver: _Resolver) -> _Resolver:
        setattr(resolver, _READS, loader)
        return resolver

    return mark


def find_loader(resolver: Callable[..., Any]) -> str | None:
    """The loader that a field is marked with."""
    loader: str | None = getattr(resolver, _READS, None)
    return loader
