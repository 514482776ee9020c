"""`python -m resolvers.print_reference` prints the reference of the API, for `docs/reference.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_specified_scalar_type,
)

from resolvers.access.openings import Openings, describe
from resolvers.budget import LISTS, SIZES, WRITE_COST
from resolvers.schema import schema

_HEAD: Final = f"""# The GraphQL API, type by type

Written by `make schema` from the code. **Opened by** is the scope that a token needs ([access](access.md)). **Costs**
is what a field adds to an operation ([limits](graphql.md#limits)): an object 1, a page as many times as `first` or
`last` says what an item costs, a mutation {WRITE_COST} more; fields without a number cost nothing. Descriptions are in
English and Chinese. Documents to begin with are in [the API by examples](examples.md).
"""
_KINDS: Final = (
    ("Objects", GraphQLObjectType),
    ("Interfaces", GraphQLInterfaceType),
    ("Unions", GraphQLUnionType),
    ("Inputs", GraphQLInputObjectType),
    ("Enums", GraphQLEnumType),
    ("Scalars", GraphQLScalarType),
)
_ROOTS: Final = ("Query", "Mutation", "Subscription")


def print_reference() -> str:
    """The page in Markdown."""
    known = schema._schema
    return "\n".join([_HEAD, *_write(known, schema.openings)])


def _write(known: GraphQLSchema, openings: Openings) -> Iterator[str]:
    for root in _ROOTS:
        yield f"## {root}\n"
        yield from _write_type(known.type_map[root], openings)
    for title, kind in _KINDS:
        yield f"## {title}\n"
        for name, one in sorted(known.type_map.items()):
            if isinstance(one, kind) and _is_ours(one):
                yield f"### {name}\n"
                yield from _write_type(one, openings)


def _is_ours(one: GraphQLNamedType) -> bool:
    return not (one.name in _ROOTS or one.name.startswith("__") or is_specified_scalar_type(one))


def _write_type(one: GraphQLNamedType, openings: Openings) -> Iterator[str]:
    yield f"{_inline(one.description)}\n"
    if isinstance(one, GraphQLObjectType | GraphQLInterfaceType):
        if one.interfaces:
            yield f"Implements {', '.join(map(_link, one.interfaces))}.\n"
        yield from _table(("Field", "", "Opened by", "Costs"), _list_fields(one, openings))
    elif isinstance(one, GraphQLInputObjectType):
        rows = ((f"`{name}`: {_type(part)}", _inline(part.description)) for name, part in one.fields.items())
        yield from _table(("Field", ""), rows)
    elif isinstance(one, GraphQLEnumType):
        yield from _table(
            ("Value", ""), ((f"`{name}`", _inline(part.description)) for name, part in one.values.items())
        )
    elif isinstance(one, GraphQLUnionType):
        yield f"One of {', '.join(map(_link, one.types))}.\n"
    elif isinstance(one, GraphQLScalarType) and one.specified_by_url:
        yield f"Specified by <{one.specified_by_url}>.\n"


def _list_fields(one: GraphQLObjectType | GraphQLInterfaceType, openings: Openings) -> Iterator[tuple[str, ...]]:
    for name, field in one.fields.items():
        yield (
            f"`{name}`{_arguments(field.args)}: {_type(field)}",
            _inline(field.description)
            + (f" **Deprecated:** {field.deprecation_reason}" if field.deprecation_reason else ""),
            f"`{describe(openings[f'{one.name}.{name}'])}`",
            _cost(one, field),
        )


def _arguments(arguments: Mapping[str, GraphQLArgument]) -> str:
    return f"({', '.join(f'`{name}`: {_type(one)}' for name, one in arguments.items())})" if arguments else ""


def _cost(parent: GraphQLNamedType, field: GraphQLField) -> str:
    if isinstance(get_named_type(field.type), GraphQLScalarType | GraphQLEnumType):
        return str(WRITE_COST) if parent.name == "Mutation" else ""
    if LISTS & field.args.keys():
        return "1 for each"
    if SIZES & field.args.keys():
        return "1, and its items"
    return str(1 + WRITE_COST) if parent.name == "Mutation" else "1"


def _type(part: GraphQLField | GraphQLArgument | GraphQLInputField) -> str:
    """A type as GraphQL writes it, linked to where it is described."""
    written, named = str(part.type), get_named_type(part.type)
    return f"`{written}`" if is_specified_scalar_type(named) else f"[`{written}`](#{named.name.lower()})"


def _link(one: GraphQLNamedType) -> str:
    return f"[`{one.name}`](#{one.name.lower()})"


def _inline(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _table(headings: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield "|---" * len(headings) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(print_reference())
