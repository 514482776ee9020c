"""What the requests of a process read together: one statement for all that ask for the same kind of thing at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final, TypeAlias, TypeVar

from graph import balances, orders, persons
from graph.balances import HeldAccounts
from graph.database import Graph
from graph.installation import Installation, fetch_installation
from graph.ledger_history import TracedEntry
from graph.orders import PlacedOrder, Totals
from graph.person_parts import FoundPerson, Parts, fetch_by_identifiers, fetch_by_ids
from graph.persons import Born
from graph.sources import Source, fetch_sources
from hub.services.describe_persons import PersonDescription, describe_persons
from hub.services.find_person import MOST_NAMED
from hub.services.ledger.history import fetch_pages, fetch_pages_before
from hub.services.membership.facts import Member, fetch_earnings, fetch_members, gather
from resolvers.batches import Batches
from resolvers.keys import LedgerKey, MemberKey, PageKey
from resolvers.together import KnownPerson, Wanted

_Page = TypeVar("_Page", PageKey, LedgerKey)
_Item = TypeVar("_Item")


_Fetch: TypeAlias = Callable[[Graph, Iterable[str], Parts], Awaitable[Mapping[str, FoundPerson]]]

_MOST_KINDS: Final = 100

_fetch_holders: Final[_Fetch] = partial(fetch_by_identifiers, most=MOST_NAMED + 1)


class Reads:
    """One set a process; everything is by key, and None where there is nothing."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.holders = Batches(self._load_holders)
        self.births = Batches(self._load_births)
        self.owners = Batches(self._load_owners)
        self._installations = Batches(self._load_installations)
        self.sources = Batches(self._load_sources)
        self.descriptions = Batches(self._load_descriptions)
        self.orders = Batches(self._load_orders)
        self.order_pages = Batches(self._load_order_pages)
        self.totals = Batches(self._load_totals)
        self.sealed = Batches(self._load_sealed)
        self.accounts = Batches(self._load_accounts)
        self.entries = Batches(self._load_entries)
        self.members = Batches(self._load_members)
        self._together: dict[tuple[_Fetch, Wanted], Batches[str, KnownPerson | None]] = {}

    def find_together(self, wanted: Wanted) -> Batches[str, KnownPerson | None]:
        """The first holder of an identifier, by its key, with what is wanted of them."""
        return self._read_together(_fetch_holders, wanted)

    def fetch_together(self, wanted: Wanted) -> Batches[str, KnownPerson | None]:
        """Living persons by id, with what is wanted of them."""
        return self._read_together(fetch_by_ids, wanted)

    def _read_together(self, fetch: _Fetch, wanted: Wanted) -> Batches[str, KnownPerson | None]:
        kind = fetch, wanted
        if kind not in self._together:
            if len(self._together) >= _MOST_KINDS:
                del self._together[next(iter(self._together))]
            self._together[kind] = Batches(partial(self._load_together, fetch, wanted), lanes=2)
        return self._together[kind]

    async def _load_together(self, fetch: _Fetch, wanted: Wanted, keys: list[str]) -> list[KnownPerson | None]:
        found = await fetch(self._graph, keys, wanted.parts)
        members = await self._gather(wanted.member, found.values()) if wanted.member else {}
        return [KnownPerson(found[key], members.get(found[key].ids[0])) if key in found else None for key in keys]

    async def _gather(self, key: MemberKey, found: Iterable[FoundPerson]) -> dict[str, Member]:
        """Members by id; one statement more where points reach a tier."""
        told = {one.ids[0]: one.read_member() for one in found}
        earned = await fetch_earnings(self._graph, key.programme, [one for records in told.values() for one in records])
        return {person: gather(person, records, earned) for person, records in told.items()}

    async def find_holders(self, key: str) -> tuple[str, ...]:
        """Who holds the identifier of a key, as `PersonFinder` asks for it."""
        [found] = await self.holders.ask([key])
        return found

    async def find_installation(self) -> Installation:
        """What the graph says of its key, read after this is asked for."""
        [found] = await self._installations.ask([""])
        return found

    async def _load_installations(self, keys: list[str]) -> Sequence[Installation]:
        return [await fetch_installation(self._graph)] * len(keys)

    async def _load_sources(self, keys: list[str]) -> Sequence[list[Source]]:
        return [await fetch_sources(self._graph)] * len(keys)

    async def _load_holders(self, keys: list[str]) -> Sequence[tuple[str, ...]]:
        found = await persons.find_by_identifiers(self._graph, keys, limit=MOST_NAMED + 1)
        return [found.get(key, ()) for key in keys]

    async def _load_births(self, ids: list[str]) -> Sequence[Born | None]:
        found = await persons.find_by_birth_ids(self._graph, ids)
        return [found.get(birth_id) for birth_id in ids]

    async def _load_owners(self, records: list[str]) -> Sequence[str | None]:
        found = await persons.find_by_records(self._graph, records)
        return [found.get(record) for record in records]

    async def _load_descriptions(self, ids: list[str]) -> Sequence[PersonDescription | None]:
        return await describe_persons(self._graph, ids)

    async def _load_orders(self, keys: list[str]) -> Sequence[PlacedOrder | None]:
        found = await orders.fetch(self._graph, keys)
        return [found.get(key) for key in keys]

    async def _load_order_pages(self, keys: list[PageKey]) -> Sequence[list[PlacedOrder]]:
        async def fetch(alike: list[PageKey], limit: int, backward: bool) -> list[list[PlacedOrder]]:
            starts = [(key.person_id, key.start) for key in alike]
            return await orders.fetch_pages(self._graph, starts, limit=limit, backward=backward)

        return await _load_pages(keys, fetch)

    async def _load_totals(self, ids: list[str]) -> Sequence[Totals]:
        totals = await orders.fetch_totals(self._graph, ids)
        return [totals.get(person_id, Totals()) for person_id in ids]

    async def _load_sealed(self, keys: list[str]) -> Sequence[str | None]:
        found = await persons.fetch_sealed(self._graph, keys)
        return [found.get(key) for key in keys]

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
