"""What becomes of a value: how it is written out, for all objects of a selection at once where something waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)

from resolvers.plans.run import Run, Unplanned

Show: TypeAlias = Callable[[Any], Any]
Fill: TypeAlias = Callable[[Sequence[Any], Run], Awaitable[list[Any]]]

_MAX_INT: Final = 2**31


@dataclass(frozen=True, slots=True)
class Written:
    """How a value is written: by `show`, one at a time, or by `fill`, all at once, where something below has to wait.

    Neither is given None unless it was made by `allow_null`.
    """

    show: Show | None = None
    fill: Fill | None = None


def write_leaf(leaf: GraphQLLeafType) -> Written:
    """A scalar or an enum; what is of the plain type already is taken as it is."""
    serialize = leaf.serialize
    if leaf in (GraphQLString, GraphQLID):
        return Written(lambda value: value if type(value) is str else serialize(value))
    if leaf is GraphQLBoolean:
        return Written(lambda value: value if type(value) is bool else serialize(value))
    if leaf is GraphQLInt:
        return Written(
            lambda value: value if type(value) is int and -_MAX_INT <= value < _MAX_INT else serialize(value)
        )
    if isinstance(leaf, GraphQLEnumType):
        return Written(_remember(serialize))
    return Written(serialize)


def _remember(serialize: Show) -> Show:
    names: dict[Any, Any] = {}

    def show(value: Any) -> Any:
        if value not in names:
            names[value] = serialize(value)
        return names[value]

    return show


def allow_null(written: Written) -> Written:
    """The same, and null for None."""
    show, fill = written.show, written.fill
    if show is not None:
        return Written(lambda value: None if value is None else show(value))
    assert fill is not None  # noqa: S101  (one of the two is given)

    async def fill_present(values: Sequence[Any], run: Run) -> list[Any]:
        present = await fill([value for value in values if value is not None], run)
        filled = iter(present)
        return [None if value is None else next(filled) for value in values]

    return Written(fill=fill_present)


def refuse_null(written: Written) -> Written:
    """The same, and no plan for None."""
    show, fill = written.show, written.fill
    if show is not None:

        def show_present(value: Any) -> Any:
            if value is None:
                raise Unplanned("null where none is allowed")
            return show(value)

        return Written(show_present)
    assert fill is not None  # noqa: S101  (one of the two is given)

    async def fill_present(values: Sequence[Any], run: Run) -> list[Any]:
        if None in values:
            raise Unplanned("null where none is allowed")
        return await fill(values, run)

    return Written(fill=fill_present)


def write_list(item: Written) -> Written:
    """A list of such values."""
    show, fill = item.show, item.fill
    if show is not None:
        return Written(lambda values: [show(value) for value in _listed(values)])
    assert fill is not None  # noqa: S101  (one of the two is given)

    async def fill_lists(lists: Sequence[Any], run: Run) -> list[Any]:
        filled = iter(await fill([value for values in lists for value in _listed(values)], run))
        return [[next(filled) for _ in values] for values in lists]

    return Written(fill=fill_lists)


def _listed(values: Any) -> list[Any] | tuple[Any, ...]:
    if type(values) is list or type(values) is tuple:
        return values
    raise Unplanned("not a list")
