"""Strawberry's field decorator with its type kept: strawberry's own returns Any, which hides mistakes in resolvers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

_Resolver = TypeVar("_Resolver", bound=Callable[..., Any])


def described(description: str) -> Callable[[_Resolver], _Resolver]:
    """A field that a method resolves; `description` is "English / 中文"."""

    def make_field(resolver: _Resolver) -> _Resolver:
        field: _Resolver = strawberry.field(resolver, description=description)  # type: ignore[assignment]
        return field

    return make_field
