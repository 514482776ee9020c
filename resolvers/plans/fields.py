"""A field of a plan: where its value comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from graphql import FieldNode, GraphQLField, GraphQLSchema
from strawberry.types.field import StrawberryField

from resolvers.plans.arguments import Read, prepare_arguments
from resolvers.plans.marks import Mark, find_mark, find_nobody
from resolvers.plans.run import Run, Unplanned
from resolvers.plans.values import Filled, Written


@dataclass(frozen=True, slots=True)
class PlainField:
    """What an object says of itself."""

    key: str
    get: Callable[[Any], Any]
    written: Written


@dataclass(frozen=True, slots=True)
class CalledField:
    """What a resolver gives.

    Attributes:
        read: the arguments that it is called with beside the object, the same for all objects of a selection.
        waits: it is a coroutine.
        mark: what it waits for, unless the mark says otherwise nothing else; None where that is not known.
    """

    key: str
    resolve: Callable[..., Any]
    read: Read
    written: Written
    waits: bool
    mark: Mark | None


def plan_field(
    schema: GraphQLSchema, key: str, node: FieldNode, definition: GraphQLField, written: Written
) -> PlainField | CalledField:
    """A field as its strawberry definition resolves it; raises Unplanned for a definition that does more than that."""
    field = definition.extensions.get("strawberry-definition")
    if not isinstance(field, StrawberryField) or field.extensions or field.permission_classes:
        raise Unplanned("a field with extensions")
    if field.base_resolver is None:
        return PlainField(key, attrgetter(field.python_name), written)
    resolver = field.base_resolver.wrapped_func
    if isinstance(resolver, staticmethod | classmethod):
        raise Unplanned("a resolver that is no method")
    if not (field.is_async or field.arguments or field.base_resolver.info_parameter):
        return PlainField(key, resolver, written)
    read = prepare_arguments(schema, node, definition, field)
    if info := field.base_resolver.info_parameter:
        read = _with_info(read, info.name, _expect(resolver, written))
    return CalledField(key, resolver, read, written, field.is_async, find_mark(resolver))


def _with_info(read: Read, name: str, expect: Callable[[Run], Run]) -> Read:
    """A run stands for strawberry's `Info`."""
    return lambda run: {**read(run), name: expect(run)}


def _expect(resolver: Callable[..., Any], written: Written) -> Callable[[Run], Run]:
    """The run as it is for a field that finds somebody: what is below it is to be read along."""
    nobody, ask = find_nobody(resolver), written.ask if isinstance(written, Filled) else None
    if nobody is None or ask is None:
        return lambda run: run
    return lambda run: run.expecting(ask(nobody, run))
