"""What becomes of a value: how it is written out, for all objects of a selection at once where something waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Final, NoReturn, TypeAlias

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
Ask: TypeAlias = Callable[[Any, Run], Sequence[tuple[str, Any]]]

_MAX_INT: Final = 2**31


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that is written by itself.

    Attributes:
        show: how one is written that is not None.
        plain: values of exactly these types are written as they are, without asking `show`.
    """

    show: Show
    plain: frozenset[type] = frozenset()


@dataclass(frozen=True, slots=True)
class Filled:
    """Values that are written all at once, because something below them has to wait; given None as `Shown`.

    Attributes:
        ask: what the fields of one such value, where it is an object, will ask loaders for.
    """

    fill: Fill
    ask: Ask | None = None


Written: TypeAlias = Shown | Filled


def write_leaf(leaf: GraphQLLeafType) -> Written:
    """A scalar or an enum; what is of the plain type already is taken as it is."""
    serialize = leaf.serialize
    if leaf in (GraphQLString, GraphQLID):
        return Shown(serialize, frozenset({str}))
    if leaf is GraphQLBoolean:
        return Shown(serialize, frozenset({bool}))
    if leaf is GraphQLInt:
        return Shown(lambda value: value if type(value) is int and -_MAX_INT <= value < _MAX_INT else serialize(value))
    if isinstance(leaf, GraphQLEnumType):
        return Shown(_remember(serialize))
    return Shown(serialize)


def _remember(serialize: Show) -> Show:
    names: dict[Any, Any] = {}

    def show(value: Any) -> Any:
        if value not in names:
            names[value] = serialize(value)
        return names[value]

    return show


def allow_null(written: Written) -> Written:
    """The same, and null for None."""
    if isinstance(written, Shown):
        return Shown(written.show, written.plain | {NoneType})
    fill = written.fill

    async def fill_present(values: Sequence[Any], run: Run) -> list[Any]:
        filled = iter(await fill([value for value in values if value is not None], run))
        return [None if value is None else next(filled) for value in values]

    return Filled(fill_present, written.ask)


def refuse_null(written: Written) -> Written:
    """The same, and no plan for None."""
    if isinstance(written, Shown):
        show = written.show
        return Shown(lambda value: _refuse() if value is None else show(value), written.plain)
    fill = written.fill
    return Filled(lambda values, run: fill([_present(value) for value in values], run), written.ask)


def write_list(item: Written) -> Written:
    """A list of such values."""
    if isinstance(item, Shown):
        show, plain = item.show, item.plain

        def show_list(values: Any) -> list[Any]:
            if type(values) is not list and type(values) is not tuple:
                raise Unplanned("not a list")
            return [value if type(value) in plain else show(value) for value in values]

        return Shown(show_list)
    fill = item.fill

    async def fill_lists(lists: Sequence[Any], run: Run) -> list[Any]:
        filled = iter(await fill([value for values in lists for value in _listed(values)], run))
        return [[next(filled) for _ in values] for values in lists]

    return Filled(fill_lists)


def show_all(shown: Shown, values: Iterable[Any]) -> list[Any]:
    """All values, each by itself."""
    show, plain = shown.show, shown.plain
    return [value if type(value) in plain else show(value) for value in values]


async def write_all(written: Written, values: Sequence[Any], run: Run) -> Sequence[Any]:
    """All values, either way."""
    if isinstance(written, Shown):
        return show_all(written, values)
    return await written.fill(values, run)


def _present(value: Any) -> Any:
    return _refuse() if value is None else value


def _refuse() -> NoReturn:
    raise Unplanned("null where none is allowed")


def _listed(values: Any) -> list[Any] | tuple[Any, ...]:
    if type(values) is list or type(values) is tuple:
        return values
    raise Unplanned("not a list")
