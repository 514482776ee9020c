"""Objects of one selection: their fields written out in the selection's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from resolvers.plans.fields import CalledField, PlainField
from resolvers.plans.run import Run, Unplanned, run_at_once, run_together
from resolvers.plans.values import Filled, Show, Shown, Written, show_all, write_all


def write_object(fields: Sequence[PlainField | CalledField]) -> Written:
    """Objects of a known type."""
    shown = [
        (field.key, field.get, field.written.plain, field.written.show)
        for field in fields
        if isinstance(field, PlainField) and isinstance(field.written, Shown)
    ]
    if len(shown) == len(fields):
        return Shown(
            lambda one: {
                key: value if type(value := get(one)) in plain else show(value) for key, get, plain, show in shown
            }
        )
    filling = _Filling(fields)
    return Filled(filling.fill, filling.ask)


def write_one_of(by_type: Mapping[str, Written]) -> Written:
    """Objects of one of several types, by the types' names."""
    shows = {name: written.show for name, written in by_type.items() if isinstance(written, Shown)}
    if len(shows) == len(by_type):
        return Shown(lambda one: _choose(shows, one)(one))

    async def fill(objects: Sequence[Any], run: Run) -> list[Any]:
        written: dict[int, Any] = {}
        for name, of_type in by_type.items():
            mine = [(at, one) for at, one in enumerate(objects) if _name_type(one) == name]
            filled = await write_all(of_type, [one for _, one in mine], run)
            written.update(zip((at for at, _ in mine), filled, strict=True))
        if len(written) < len(objects):
            raise Unplanned("an object of an unknown type")
        return [written[at] for at in range(len(objects))]

    return Filled(fill)


def _choose(shows: Mapping[str, Show], one: Any) -> Show:
    show = shows.get(_name_type(one))
    if show is None:
        raise Unplanned("an object of an unknown type")
    return show


def _name_type(one: Any) -> str:
    definition = getattr(type(one), "__strawberry_definition__", None)
    return definition.name if definition else ""


class _Filling:
    """Objects of which fields wait: what these read is read for all objects together."""

    def __init__(self, fields: Sequence[PlainField | CalledField]) -> None:
        self._fields = fields
        self._called = [field for field in fields if isinstance(field, CalledField)]

    async def fill(self, objects: Sequence[Any], run: Run) -> list[Any]:
        if not objects:
            return []
        called = await self._call(objects, run)
        written: list[dict[str, Any]] = [{} for _ in objects]
        for field in self._fields:
            key = field.key
            values = [field.get(one) for one in objects] if isinstance(field, PlainField) else called[key]
            way = field.written
            shown = show_all(way, values) if isinstance(way, Shown) else await way.fill(values, run)
            for one, value in zip(written, shown, strict=True):
                one[key] = value
        return written

    def ask(self, one: Any, run: Run) -> list[tuple[str, Any]]:
        """What the fields of an object will ask loaders for: their names, and keys."""
        return _name_keys([(field, field.read(run)) for field in self._called if field.mark], one)

    async def _call(self, objects: Sequence[Any], run: Run) -> dict[str, list[Any]]:
        """What the resolvers of all objects give, by field; those that say what they read need not wait."""
        asked = [(field, field.read(run)) for field in self._called]
        if keys := [key for one in objects for key in _name_keys(asked, one)]:
            await run.context.loaders.read_ahead(keys)
        given = {
            field.key: [_call_now(field, one, arguments) for one in objects]
            for field, arguments in asked
            if not field.waits or (field.mark and field.mark.suffices(arguments))
        }
        waiting = [(field, arguments) for field, arguments in asked if field.key not in given]
        work = [field.resolve(one, **arguments) for field, arguments in waiting for one in objects]
        awaited = iter(await run_together(work))
        given.update((field.key, [next(awaited) for _ in objects]) for field, _ in waiting)
        return given


def _name_keys(asked: Sequence[tuple[CalledField, Mapping[str, Any]]], one: Any) -> list[tuple[str, Any]]:
    return [
        (field.mark.loader, key)
        for field, arguments in asked
        if field.mark
        for key in field.mark.name(one, **arguments)
    ]


def _call_now(field: CalledField, one: Any, arguments: Mapping[str, Any]) -> Any:
    """What a resolver gives that does not wait, or not any more."""
    given = field.resolve(one, **arguments)
    return run_at_once(given) if field.waits else given
