"""What the requests of a process read together: one statement for all that ask for the same kind of thing at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from graph import balances, orders, persons
from graph.balances import HeldAccounts
from graph.database import Graph
from graph.ledger_history import TracedEntry
from graph.orders import PageStart, PlacedOrder, Totals
from hub.services.describe_persons import PersonDescription, describe_persons
from hub.services.find_person import MOST_NAMED
from hub.services.ledger.history import fetch_pages
from resolvers.batches import Batches


class PageKey(NamedTuple):
    """A page of a person's orders: where it starts and how many orders it may have."""

    person_id: str
    start: PageStart | None
    limit: int


class LedgerKey(NamedTuple):
    """A page of a ledger: the place where it starts, as (account, number), and how many entries it may have."""

    start: tuple[tuple[str, int], ...]
    limit: int


_Page = TypeVar("_Page", PageKey, LedgerKey)


class Reads:
    """One set a process; everything is by key, and None where there is nothing."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.holders = Batches(self._load_holders)
        self.descriptions = Batches(self._load_descriptions)
        self.order_pages = Batches(self._load_order_pages)
        self.totals = Batches(self._load_totals)
        self.accounts = Batches(self._load_accounts)
        self.entries = Batches(self._load_entries)

    async def find_holders(self, key: str) -> tuple[str, ...]:
        """Who holds the identifier of a key, as `PersonFinder` asks for it."""
        [found] = await self.holders.ask([key])
        return found

    async def _load_holders(self, keys: list[str]) -> Sequence[tuple[str, ...]]:
        found = await persons.find_by_identifiers(self._graph, keys, limit=MOST_NAMED + 1)
        return [found.get(key, ()) for key in keys]

    async def _load_descriptions(self, ids: list[str]) -> Sequence[PersonDescription | None]:
        return await describe_persons(self._graph, ids)

    async def _load_order_pages(self, keys: list[PageKey]) -> Sequence[list[PlacedOrder]]:
        pages: dict[PageKey, list[PlacedOrder]] = {}
        for limit, of_limit in _by_limit(keys).items():
            starts = [(key.person_id, key.start) for key in of_limit]
            pages.update(zip(of_limit, await orders.fetch_pages(self._graph, starts, limit=limit), strict=True))
        return [pages[key] for key in keys]

    async def _load_totals(self, ids: list[str]) -> Sequence[Totals]:
        totals = await orders.fetch_totals(self._graph, ids)
        return [totals.get(person_id, Totals()) for person_id in ids]

    async def _load_accounts(self, ids: list[str]) -> Sequence[HeldAccounts | None]:
        found = await balances.fetch_all(self._graph, ids)
        return [found.get(person_id) for person_id in ids]

    async def _load_entries(self, keys: list[LedgerKey]) -> Sequence[list[TracedEntry]]:
        pages: dict[LedgerKey, list[TracedEntry]] = {}
        for limit, of_limit in _by_limit(keys).items():
            starts = [dict(key.start) for key in of_limit]
            pages.update(zip(of_limit, await fetch_pages(self._graph, starts, limit=limit), strict=True))
        return [pages[key] for key in keys]


def _by_limit(keys: Iterable[_Page]) -> dict[int, list[_Page]]:
    """Pages that one statement can answer, by their size."""
    found: dict[int, list[_Page]] = defaultdict(list)
    for key in keys:
        found[key.limit].append(key)
    return found
