"""Objects by the keys that other services keep of them, many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, NewType, cast

import strawberry
from strawberry.types.scalar import ScalarDefinition

from hub.core.errors import InvalidInput
from resolvers.context import Context
from resolvers.decisions import Decision
from resolvers.each import find_each
from resolvers.global_ids import Kind, Named, Node, read_global_id
from resolvers.households import Household
from resolvers.membership.membership import Membership
from resolvers.node import find_named
from resolvers.order import Order
from resolvers.person import Person

KEYED: Final = frozenset({Kind.DECISION, Kind.HOUSEHOLD, Kind.MEMBERSHIP, Kind.ORDER, Kind.PERSON})
"""The types that have a key."""

Entity = Annotated[
    Decision | Household | Membership | Order | Person,
    strawberry.union("_Entity", description="What other services refer to. / 其他服务可引用的对象。"),
]
Representation = NewType("Representation", object)
"""`{"__typename", "id"}`, as a router sends it."""

REPRESENTATION: Final[ScalarDefinition] = strawberry.scalar(
    name="_Any",
    description="A type's name and key: {__typename, id}. / 类型名与主键。",
    specified_by_url="https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec",
    serialize=lambda value: value,
    parse_value=lambda value: value,
)


async def find_entities(
    context: Context, given: Sequence[Representation]
) -> list[Decision | Household | Membership | Order | Person | None]:
    """What representations stand for, as `find_each`; all of a type are read together."""

    async def find(one: Representation) -> Node | None:
        return await find_named(context, _read(one))

    return cast(
        list[Decision | Household | Membership | Order | Person | None], await find_each(find, given, "representations")
    )


def _read(given: object) -> Named:
    """What a representation stands for; raises InvalidInput for what is none."""
    if not isinstance(given, Mapping) or not isinstance(written := given.get("id"), str):
        raise InvalidInput('A representation is an object such as {"__typename": "Person", "id": "..."}.')
    named = read_global_id(written)
    if named.kind not in KEYED or given.get("__typename") != named.kind.value:
        names = ", ".join(sorted(kind.value for kind in KEYED))
        raise InvalidInput(f"A representation names its type as its id does, one of {names}.")
    return named
