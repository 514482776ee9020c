"""Strawberry's field decorator with its type kept: strawberry's own returns Any, which hides mistakes in resolvers."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutinefunction
from typing import Any, TypeVar

import strawberry

_Resolver = TypeVar("_Resolver", bound=Callable[..., Any])


def told(description: str) -> Callable[[_Resolver], _Resolver]:
    """A subscription that a method opens; `description` is "English / 中文"."""

    def make_field(resolver: _Resolver) -> _Resolver:
        field: _Resolver = strawberry.subscription(resolver, description=description)  # type: ignore[assignment]
        return field

    return make_field


def described(description: str, *, name: str | None = None, nullable: bool = True) -> Callable[[_Resolver], _Resolver]:
    """A field that a method resolves; `description` is "English / 中文".

    One that waits may fail by itself, so in the schema it may be null unless it is said to be no `nullable` one: what
    stands beside it is shown all the same.
    """

    def make_field(resolver: _Resolver) -> _Resolver:
        if nullable and iscoroutinefunction(resolver):
            resolver.__annotations__["return"] += " | None"
        field: _Resolver = strawberry.field(resolver, name=name, description=description)  # type: ignore[assignment]
        return field

    return make_field
