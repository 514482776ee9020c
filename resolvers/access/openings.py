"""What opens each field of the schema, read off its types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from resolvers.access.marks import Opening, find_mark

Openings = dict[str, Opening]
"""By coordinate: `Person.records`."""


def read_openings(schema: strawberry.Schema) -> Openings:
    """Every field of every type and interface, sorted; raises TypeError for a type that does not say what opens it."""
    return dict(sorted(_walk(schema)))


def describe(opening: Opening) -> str:
    """An opening in words."""
    return " or ".join(sorted(opening)) or "anyone"


def list_openings(openings: Openings) -> str:
    """A line a field: its coordinate and what opens it."""
    return "".join(f"{coordinate}  {describe(opening)}\n" for coordinate, opening in openings.items())


def _walk(schema: strawberry.Schema) -> Iterator[tuple[str, Opening]]:
    """What is private to a type is no field of the schema."""
    name_of = schema.config.name_converter.from_field
    for name, kind in schema._schema.type_map.items():
        known = schema.schema_converter.type_map.get(name)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and known is not None:
            definition = cast(StrawberryObjectDefinition, known.definition)
            shown = {name_of(field): field for field in definition.fields}
            _check_names(definition)
            yield from ((f"{name}.{field}", _opening_of(definition, shown[field])) for field in kind.fields)


def _opening_of(definition: StrawberryObjectDefinition, field: StrawberryField) -> Opening:
    """What the type itself says of the field by name, or else the class of its family that declares it."""
    name, own = field.python_name, find_mark(definition.origin)
    if own is not None and name in own.others:
        return own.others[name]
    owner = next(one for one in reversed(definition.origin.__mro__) if _declares(one, name))
    mark = find_mark(owner)
    if mark is None:
        raise TypeError(f"{owner.__name__} does not say what opens its fields: see resolvers.access.opened_by")
    return mark.others.get(name, mark.fields)


def _check_names(definition: StrawberryObjectDefinition) -> None:
    """A misspelt name in a mark would leave its field as open as all others."""
    mark = find_mark(definition.origin)
    unknown = set(mark.others if mark else ()) - {field.python_name for field in definition.fields}
    if unknown:
        raise TypeError(f"{definition.origin.__name__} has no field {', '.join(sorted(unknown))} to be opened")


def _declares(kind: type[Any], name: str) -> bool:
    return name in vars(kind).get("__annotations__", {}) or name in vars(kind)
