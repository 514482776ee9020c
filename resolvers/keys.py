"""What the loaders are asked for by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Self

from graph.lots import LotRange
from graph.orders import PageStart
from hub.services.identity import Identity
from hub.services.ledger.programmes import Programme


class PageKey(NamedTuple):
    """A page of a person's orders: where it starts, how many orders it may have, and which way it is read."""

    person_id: str
    start: PageStart | None
    limit: int
    backward: bool = False


class LedgerKey(NamedTuple):
    """A page of a ledger: the place where it starts, as (account, number), how many entries, and which way."""

    start: tuple[tuple[str, int], ...]
    limit: int
    backward: bool = False


class LotsKey(NamedTuple):
    """A page of lots of several accounts: where it lies in each, how many lots, and which way it is read."""

    ranges: tuple[LotRange, ...]
    limit: int
    backward: bool = False


class DecisionKey(NamedTuple):
    """A page of a person's or a case's decisions: where it starts, how many, which way, and whether only live ones."""

    of: str
    start: str | None
    limit: int
    backward: bool
    live: bool


class BeliefKey(NamedTuple):
    """An id of a person, and an instant at which the hub believed something of it."""

    person_id: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class PolicyKey:
    """Something that is worked out by a version of the identity policy, which comes along, on a day."""

    key: str
    version: int
    day: date
    identity: Identity = field(compare=False, repr=False)


class ValidKey(NamedTuple):
    """A living person, and an instant at which something was valid."""

    person: PolicyKey
    at_ms: int


@dataclass(frozen=True, slots=True)
class MemberKey:
    """A living person in a version of a programme, which comes along."""

    name: str
    version: int
    person: str
    programme: Programme = field(compare=False, repr=False)

    @classmethod
    def of(cls, programme: Programme, person: str) -> Self:
        """The person in that programme."""
        return cls(programme.name, programme.version, person, programme)

    @property
    def of_nobody(self) -> Self:
        """The programme's alone."""
        return self.of_person("")

    def of_person(self, person: str) -> Self:
        """Another person in the same."""
        return type(self)(self.name, self.version, person, self.programme)
