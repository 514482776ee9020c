"""What the fields of one person ask for, read by one statement, and together with finding them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from graph.person_parts import FoundPerson, Parts
from hub.services.membership.facts import Member
from resolvers.keys import MemberKey

TOGETHER: Final[Mapping[str, Callable[[Any], str]]] = {
    "descriptions": lambda key: key,
    "accounts": lambda key: key,
    "members": lambda key: key.person,
    "order_pages": lambda key: key.person_id,
}
"""Loaders whose values can be read together, and whom a key of theirs is about."""


class Wanted(NamedTuple):
    """Parts of a person; of the person themselves it says nothing.

    Attributes:
        member: nobody's key in a programme.
        orders: how many of the newest; 0 for none.
    """

    evidence: bool = False
    accounts: bool = False
    member: MemberKey | None = None
    orders: int = 0

    @classmethod
    def of(cls, asked: Iterable[tuple[str, Any]]) -> Self:
        """What fields ask loaders for, by the loader's name and key, as far as it can be read together."""
        evidence, accounts, member, orders = False, False, None, 0
        for loader, key in asked:
            if loader == "descriptions":
                evidence = True
            elif loader == "accounts":
                accounts = True
            elif loader == "members":
                member = member or key.of_nobody
            elif loader == "order_pages" and key.start is None and not key.backward:
                orders = orders or key.limit
        return cls(evidence, accounts, member, orders)

    @property
    def parts(self) -> Parts:
        """The same as the graph reads it."""
        return Parts(self.evidence, self.accounts, self.member.name if self.member else "", self.orders)


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person as found, and as a member where that was wanted."""

    found: FoundPerson
    member: Member | None


def group_by_wanted(asked: Iterable[tuple[str, Any]]) -> dict[Wanted, list[str]]:
    """Persons of whom fields ask several loaders for something that can be read together, by what that is."""
    of_person: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for loader, key in asked:
        if loader in TOGETHER:
            of_person[TOGETHER[loader](key)].append((loader, key))
    found: dict[Wanted, list[str]] = defaultdict(list)
    for person, keys in of_person.items():
        wanted = Wanted.of(keys)
        if sum(map(bool, wanted)) > 1:
            found[wanted].append(person)
    return found
