"""Objects of one type and one selection: their fields written out in the selection's order."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from resolvers.plans.fields import CalledField, PlainField
from resolvers.plans.run import Run, run_at_once, run_together
from resolvers.plans.values import Show, Written


def write_object(type_name: str, fields: Sequence[PlainField | CalledField]) -> Written:
    """Objects whose class is known; an attribute without a name is the type's own name."""
    plain = [field for field in fields if isinstance(field, PlainField) and field.written.show is not None]
    if len(plain) == len(fields):
        return Written(_show_attributes(type_name, plain))
    return Written(fill=_Filling(type_name, fields).fill)


def _show_attributes(type_name: str, fields: Sequence[PlainField]) -> Show:
    """A function for objects of which attributes are shown and nothing else."""
    named = [field for field in fields if field.name]
    constant = {field.key: None if field.name else type_name for field in fields}
    if not named:
        return lambda _one: dict(constant)
    keys_shows = [(field.key, field.written.show) for field in named]
    if len(named) == 1:
        [(key, show)], get = keys_shows, attrgetter(named[0].name)
        assert show is not None  # noqa: S101  (such fields were chosen)
        return lambda one: {**constant, key: show(get(one))}
    get_all = attrgetter(*(field.name for field in named))
    if len(named) == len(fields):
        return lambda one: {key: show(value) for (key, show), value in zip(keys_shows, get_all(one), strict=True)}  # type: ignore[misc]
    return lambda one: {
        **constant,
        **{key: show(value) for (key, show), value in zip(keys_shows, get_all(one), strict=True)},  # type: ignore[misc]
    }


class _Filling:
    """Objects of which fields wait: what these read is read for all objects together."""

    def __init__(self, type_name: str, fields: Sequence[PlainField | CalledField]) -> None:
        self._constant = {field.key: type_name if _is_type_name(field) else None for field in fields}
        self._fields = [field for field in fields if not _is_type_name(field)]
        called = [field for field in self._fields if isinstance(field, CalledField)]
        self._loaders = sorted({field.loader for field in called if field.loader})
        self._waiting = [field for field in called if field.waits and not field.loader]

    async def fill(self, objects: Sequence[Any], run: Run) -> list[Any]:
        if not objects:
            return []
        if self._loaders:
            await run.read_ahead(self._loaders, [one.id for one in objects])
        awaited = iter(await run_together([field.call(one, run) for field in self._waiting for one in objects]))
        waited = {field.key: [next(awaited) for _ in objects] for field in self._waiting}
        written = [dict(self._constant) for _ in objects]
        for field in self._fields:
            values = waited[field.key] if field.key in waited else _read(field, objects, run)
            for one, value in zip(written, await _write(field.written, values, run), strict=True):
                one[field.key] = value
        return written


def _is_type_name(field: PlainField | CalledField) -> bool:
    return isinstance(field, PlainField) and not field.name


def _read(field: PlainField | CalledField, objects: Sequence[Any], run: Run) -> list[Any]:
    """The values of a field that needs not to wait."""
    if isinstance(field, PlainField):
        return [getattr(one, field.name) for one in objects]
    if field.waits:
        return [run_at_once(field.call(one, run)) for one in objects]
    return [field.call(one, run) for one in objects]


async def _write(written: Written, values: Sequence[Any], run: Run) -> Sequence[Any]:
    if written.show is not None:
        return [written.show(value) for value in values]
    assert written.fill is not None  # noqa: S101  (one of the two is given)
    return await written.fill(values, run)
