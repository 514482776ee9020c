"""What the requests of a process read together: one statement for all that ask for the same kind of thing at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self, TypeVar

from graph import balances, orders, persons
from graph.balances import HeldAccounts
from graph.database import Graph
from graph.ledger_history import TracedEntry
from graph.orders import PageStart, PlacedOrder, Totals
from graph.persons import Born
from hub.services.describe_persons import PersonDescription, describe_persons
from hub.services.find_person import MOST_NAMED
from hub.services.ledger.history import fetch_pages, fetch_pages_before
from hub.services.ledger.programmes import Programme
from hub.services.membership.facts import Member, fetch_members
from resolvers.batches import Batches


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


_Page = TypeVar("_Page", PageKey, LedgerKey)
_Item = TypeVar("_Item")


class Reads:
    """One set a process; everything is by key, and None where there is nothing."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.holders = Batches(self._load_holders)
        self.births = Batches(self._load_births)
        self.descriptions = Batches(self._load_descriptions)
        self.order_pages = Batches(self._load_order_pages)
        self.totals = Batches(self._load_totals)
        self.accounts = Batches(self._load_accounts)
        self.entries = Batches(self._load_entries)
        self.members = Batches(self._load_members)

    async def find_holders(self, key: str) -> tuple[str, ...]:
        """Who holds the identifier of a key, as `PersonFinder` asks for it."""
        [found] = await self.holders.ask([key])
        return found

    async def _load_holders(self, keys: list[str]) -> Sequence[tuple[str, ...]]:
        found = await persons.find_by_identifiers(self._graph, keys, limit=MOST_NAMED + 1)
        return [found.get(key, ()) for key in keys]

    async def _load_births(self, ids: list[str]) -> Sequence[Born | None]:
        found = await persons.find_by_birth_ids(self._graph, ids)
        return [found.get(birth_id) for birth_id in ids]

    async def _load_descriptions(self, ids: list[str]) -> Sequence[PersonDescription | None]:
        return await describe_persons(self._graph, ids)

    async def _load_order_pages(self, keys: list[PageKey]) -> Sequence[list[PlacedOrder]]:
        async def fetch(alike: list[PageKey], limit: int, backward: bool) -> list[list[PlacedOrder]]:
            starts = [(key.person_id, key.start) for key in alike]
            return await orders.fetch_pages(self._graph, starts, limit=limit, backward=backward)

        return await _load_pages(keys, fetch)

    async def _load_totals(self, ids: list[str]) -> Sequence[Totals]:
        totals = await orders.fetch_totals(self._graph, ids)
        return [totals.get(person_id, Totals()) for person_id in ids]

    async def _load_accounts(self, ids: list[str]) -> Sequence[HeldAccounts | None]:
        found = await balances.fetch_all(self._graph, ids)
        return [found.get(person_id) for person_id in ids]

    async def _load_entries(self, keys: list[LedgerKey]) -> Sequence[list[TracedEntry]]:
        async def fetch(alike: list[LedgerKey], limit: int, backward: bool) -> list[list[TracedEntry]]:
            starts = [dict(key.start) for key in alike]
            return await (fetch_pages_before if backward else fetch_pages)(self._graph, starts, limit=limit)

        return await _load_pages(keys, fetch)

    async def _load_members(self, keys: list[MemberKey]) -> Sequence[Member | None]:
        """One statement a programme, and one more where points reach a tier."""
        asked: dict[tuple[str, int], list[MemberKey]] = defaultdict(list)
        for key in keys:
            asked[key.name, key.version].append(key)
        found: dict[MemberKey, Member] = {}
        for alike in asked.values():
            programme = alike[0].programme
            for member in await fetch_members(self._graph, programme, [key.person for key in alike]):
                found[MemberKey.of(programme, member.person)] = member
        return [found.get(key) for key in keys]


async def _load_pages(
    keys: list[_Page], fetch: Callable[[list[_Page], int, bool], Awaitable[list[list[_Item]]]]
) -> list[list[_Item]]:
    """Pages by one statement for all that are of one size and read the same way."""
    groups: dict[tuple[int, bool], list[_Page]] = defaultdict(list)
    for key in keys:
        groups[key.limit, key.backward].append(key)
    pages: dict[_Page, list[_Item]] = {}
    for (limit, backward), alike in groups.items():
        pages.update(zip(alike, await fetch(alike, limit, backward), strict=True))
    return [pages[key] for key in keys]
