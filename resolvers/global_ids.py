"""Ids that name one object among all types, and the interface of what has one.

A person's is the eternal id that the hub gave out, which every other interface takes too. All others wrap the type and
the key in base64, so that nobody is tempted to build or take apart one.
"""

from __future__ import annotations

import base64
import binascii
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

import strawberry

from hub.core.access import Scope
from hub.core.errors import InvalidInput
from hub.services.find_person import check_person_id
from resolvers.access import ANYONE, opened_by


class Kind(Enum):
    """A type that has an identity; the values are in ids that were given out."""

    PERSON = "Person"
    RECORD = "Record"
    ORDER = "Order"
    ENTRY = "LedgerEntry"
    LOT = "Lot"
    HOLD = "Hold"
    OPERATION = "LedgerOperation"
    MEMBERSHIP = "Membership"
    CASE = "Case"
    SYSTEM = "System"
    DECISION = "Decision"
    HOUSEHOLD = "Household"

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Any of these opens what an id of this kind stands for."""
        return _SCOPES[self]


# What a field's type would need is only known once it was found, which already tells something: the id says its type.
_SCOPES: Final[dict[Kind, tuple[Scope, ...]]] = {
    Kind.PERSON: (Scope.PERSON_READ,),
    Kind.RECORD: (Scope.PERSON_READ,),
    Kind.ORDER: (Scope.ORDERS_READ,),
    Kind.ENTRY: (Scope.POINTS_READ,),
    Kind.LOT: (Scope.POINTS_READ,),
    Kind.HOLD: (Scope.POINTS_READ,),
    Kind.OPERATION: (Scope.POINTS_READ, Scope.MEMBERSHIP_READ),
    Kind.MEMBERSHIP: (Scope.MEMBERSHIP_READ,),
    Kind.CASE: (Scope.CASES_READ,),
    Kind.SYSTEM: (Scope.PERSON_READ,),
    Kind.DECISION: (Scope.CASES_READ,),
    Kind.HOUSEHOLD: (Scope.PERSON_READ,),
}


class Named(NamedTuple):
    """What an id stands for; `key` is what the graph finds it by."""

    kind: Kind
    key: str


@opened_by(*ANYONE)
@strawberry.interface(description="What can be asked for again by its id. / 可按全局编号再次查询的对象。")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Unique among all types; take it as it is. / 全局唯一编号，请原样使用。"
    )


@lru_cache(maxsize=16_384)
def write_global_id(kind: Kind, key: str) -> strawberry.ID:
    """The id of what has this key; remembered, because answers hold many and name the same ones again."""
    if kind is Kind.PERSON:
        return strawberry.ID(key)
    return strawberry.ID(base64.urlsafe_b64encode(f"{kind.value}:{key}".encode()).decode().rstrip("="))


def read_global_id(written: str) -> Named:
    """What an id stands for; raises InvalidInput for what `write_global_id` cannot have written."""
    try:
        return Named(Kind.PERSON, check_person_id(written))
    except InvalidInput:
        pass
    try:
        raw = base64.b64decode(written.encode() + b"=" * (-len(written) % 4), altchars=b"-_", validate=True)
        name, _, key = raw.decode().partition(":")
        named = Named(Kind(name), key)
    except (binascii.Error, ValueError):
        raise foreign() from None
    if named.kind is Kind.PERSON or write_global_id(*named) != written:
        raise foreign()
    return named


def foreign() -> InvalidInput:
    """What to raise for an id that nobody was given."""
    return InvalidInput("This id is not one of ours: pass the id of a Node unchanged.")
