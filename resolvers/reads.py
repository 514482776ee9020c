"""What the requests of a process read together: one statement for all that ask for the same kind of thing at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final, Protocol, TypeAlias, TypeVar

from graph import balances, decision_pages, decisions, lots, orders, persons
from graph.balances import HeldAccounts
from graph.counted_orders import CountedFrom, fetch_counted
from graph.database import Graph
from graph.decision_pages import Wanted as WantedDecisions
from graph.decisions import Decision
from graph.installation import Installation, fetch_installation
from graph.ledger_history import EntryRange, TracedEntry, fetch_ranges
from graph.ledger_past import Until, count_until
from graph.orders import PlacedOrder, Totals
from graph.person_parts import FoundPerson, Parts, fetch_by_identifiers, fetch_by_ids
from graph.persons import Born
from graph.sources import Source, fetch_sources
from hub.core.ledger import Account, Lot
from hub.services.as_of import BelievedPerson, ValidPartition, fetch_believed_persons
from hub.services.components import MOST_AT_ONCE
from hub.services.describe_persons import PersonDescription, describe_persons
from hub.services.explain_persons import explain_persons
from hub.services.explanation import PersonTree
from hub.services.find_past import find_valid_by_ids
from hub.services.find_person import MOST_NAMED
from hub.services.households import Household, describe_households, find_households
from hub.services.ledger.history import fetch_pages, fetch_pages_before
from hub.services.ledger.past import rebuild
from hub.services.membership.facts import Member, fetch_earnings, fetch_members, gather
from resolvers.batches import Batches
from resolvers.keys import BeliefKey, DecisionKey, LedgerKey, LotsKey, MemberKey, PageKey, PolicyKey, ValidKey
from resolvers.together import KnownPerson, Wanted

_Page = TypeVar("_Page", PageKey, LedgerKey, LotsKey, DecisionKey)
_Item = TypeVar("_Item")


_Fetch: TypeAlias = Callable[[Graph, Iterable[str], Parts], Awaitable[Mapping[str, FoundPerson]]]


class _FetchDecisions(Protocol):
    async def __call__(
        self, graph: Graph, wanted: Sequence[WantedDecisions], *, limit: int, backward: bool
    ) -> list[list[Decision]]: ...


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
        self.counted_orders = Batches(self._load_counted_orders)
        self.totals = Batches(self._load_totals)
        self.sealed = Batches(self._load_sealed)
        self.accounts = Batches(self._load_accounts)
        self.entries = Batches(self._load_entries)
        self.entry_counts = Batches(self._load_entry_counts)
        self.past_accounts = Batches(self._load_past_accounts)
        self.entry_ranges = Batches(self._load_entry_ranges)
        self.lots = Batches(self._load_lots)
        self.lot_pages = Batches(self._load_lot_pages)
        self.members = Batches(self._load_members)
        self.explanations = Batches(partial(_load_by_policy, self._fetch_explanations))
        self.households = Batches(partial(_load_by_policy, self._fetch_households))
        self.person_households = Batches(partial(_load_by_policy, self._fetch_person_households))
        self.beliefs = Batches(self._load_beliefs)
        self.valid = Batches(self._load_valid)
        self.decisions = Batches(self._load_decisions)
        self.person_decisions = Batches(partial(self._load_decision_pages, decision_pages.fetch_of_persons))
        self.case_decisions = Batches(partial(self._load_decision_pages, decision_pages.fetch_of_cases))
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

    async def _load_counted_orders(self, keys: list[CountedFrom]) -> Sequence[list[PlacedOrder]]:
        found = await fetch_counted(self._graph, keys)
        return [found.get(key, []) for key in keys]

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

    async def _load_entry_counts(self, keys: list[Until]) -> Sequence[int]:
        found = await count_until(self._graph, keys)
        return [found[key] for key in keys]

    async def _load_past_accounts(self, keys: list[tuple[str, int]]) -> Sequence[Account]:
        """A statement for every 2,000 entries that are added up again; one account may be asked for at two instants."""
        found: dict[tuple[str, int], Account] = {}
        while left := {account: end for account, end in keys if (account, end) not in found}:
            rebuilt = await rebuild(self._graph, left)
            found |= {(account, left[account]): past for account, past in rebuilt.items()}
        return [found[key] for key in keys]

    async def _load_entry_ranges(self, keys: list[EntryRange]) -> Sequence[list[TracedEntry]]:
        return await fetch_ranges(self._graph, keys)

    async def _load_lots(self, keys: list[str]) -> Sequence[Lot | None]:
        found = await lots.fetch_lots(self._graph, keys)
        return [found.get(key) for key in keys]

    async def _load_lot_pages(self, keys: list[LotsKey]) -> Sequence[list[tuple[str, Lot]]]:
        """Lots with their accounts, at most a page of each of these; in no order."""

        async def fetch(alike: list[LotsKey], limit: int, backward: bool) -> list[list[tuple[str, Lot]]]:
            ranges = [one for key in alike for one in key.ranges]
            pages = iter(await lots.fetch_pages(self._graph, ranges, limit=limit, backward=backward))
            return [[(one.account, lot) for one in key.ranges for lot in next(pages)] for key in alike]

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

    async def _fetch_explanations(self, by: PolicyKey, persons: list[str]) -> Mapping[str, PersonTree]:
        return await explain_persons(self._graph, by.identity, persons, most=MOST_AT_ONCE)

    async def _fetch_households(self, by: PolicyKey, keys: list[str]) -> Mapping[str, Household]:
        return await find_households(self._graph, by.identity, keys, by.day)

    async def _fetch_person_households(
        self, by: PolicyKey, persons: list[str]
    ) -> Mapping[str, Mapping[str, Household]]:
        return await describe_households(self._graph, by.identity, persons, by.day)

    async def _load_beliefs(self, keys: list[BeliefKey]) -> Sequence[BelievedPerson | None]:
        return await fetch_believed_persons(self._graph, keys, most=MOST_AT_ONCE + 1)

    async def _load_valid(self, keys: list[ValidKey]) -> Sequence[ValidPartition | None]:
        """As many statements for each instant; one operation asks for few."""
        asked: dict[int, list[PolicyKey]] = defaultdict(list)
        for key in keys:
            asked[key.at_ms].append(key.person)
        found: dict[ValidKey, ValidPartition | None] = {}
        for at_ms, of_whom in asked.items():
            valid = await _load_by_policy(partial(self._fetch_valid, at_ms), of_whom)
            found.update((ValidKey(person, at_ms), one) for person, one in zip(of_whom, valid, strict=True))
        return [found[key] for key in keys]

    async def _fetch_valid(self, at_ms: int, by: PolicyKey, persons: list[str]) -> Mapping[str, ValidPartition]:
        return await find_valid_by_ids(self._graph, by.identity, persons, at_ms, most=MOST_AT_ONCE)

    async def _load_decisions(self, ids: list[str]) -> Sequence[Decision | None]:
        found = await decisions.fetch_decisions(self._graph, ids)
        return [found.get(one) for one in ids]

    async def _load_decision_pages(self, fetch: _FetchDecisions, keys: list[DecisionKey]) -> Sequence[list[Decision]]:
        async def fetch_alike(alike: list[DecisionKey], limit: int, backward: bool) -> list[list[Decision]]:
            wanted = [WantedDecisions(key.of, key.start, key.live) for key in alike]
            return await fetch(self._graph, wanted, limit=limit, backward=backward)

        return await _load_pages(keys, fetch_alike)


async def _load_by_policy(
    fetch: Callable[[PolicyKey, list[str]], Awaitable[Mapping[str, _Item]]], keys: list[PolicyKey]
) -> list[_Item | None]:
    """What there is for each key; by one call but for the moments after a new policy, and around midnight."""
    groups: dict[tuple[int, date], list[PolicyKey]] = defaultdict(list)
    for key in keys:
        groups[key.version, key.day].append(key)
    found: dict[PolicyKey, _Item] = {}
    for alike in groups.values():
        values = await fetch(alike[0], [key.key for key in alike])
        found.update((key, values[key.key]) for key in alike if key.key in values)
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
