"""Reads that are collected from all fields of an operation and answered by one statement."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

from strawberry.dataloader import DataLoader

from graph import balances, orders
from graph.balances import HeldAccounts
from graph.database import Graph
from graph.ledger_history import TracedEntry
from graph.orders import PageStart, PlacedOrder, Totals
from hub.core.errors import Unavailable
from hub.services.describe_persons import PersonDescription, describe_persons
from hub.services.ledger.history import fetch_pages, fetch_pages_before

MERGED: Final = "This person was merged into another while being read. Ask again."


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


_Page = TypeVar("_Page", PageKey, LedgerKey)
_Alike = TypeVar("_Alike")
_Key = TypeVar("_Key")
_Found = TypeVar("_Found")


class Loaders:
    """One set a request."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._reading: set[asyncio.Task[object]] = set()
        self.descriptions = self._make(self._load_descriptions)
        self.order_pages = self._make(self._load_order_pages)
        self.totals = self._make(self._load_totals)
        self.accounts = self._make(self._load_accounts)
        self.entries = self._make(self._load_entries)

    def forget_accounts(self) -> None:
        """Have balances read anew: something was written."""
        self.accounts.clear_all()

    def abandon(self) -> None:
        """End what is being read: a loader reads in a task of its own, which nobody else ends with the request."""
        for task in self._reading:
            task.cancel()

    def _make(
        self, load: Callable[[list[_Key]], Awaitable[Sequence[_Found | BaseException]]]
    ) -> DataLoader[_Key, _Found]:
        async def load_noted(keys: list[_Key]) -> Sequence[_Found | BaseException]:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  (a coroutine runs in a task)
            self._reading.add(task)
            try:
                return await load(keys)
            finally:
                self._reading.discard(task)

        return DataLoader(load_noted)

    async def _load_descriptions(self, ids: list[str]) -> Sequence[PersonDescription | BaseException]:
        merged = Unavailable(MERGED)
        return [found or merged for found in await describe_persons(self._graph, ids)]

    async def _load_order_pages(self, keys: list[PageKey]) -> Sequence[list[PlacedOrder]]:
        pages: dict[PageKey, list[PlacedOrder]] = {}
        for (limit, backward), alike in _group(keys, lambda key: (key.limit, key.backward)).items():
            starts = [(key.person_id, key.start) for key in alike]
            found = await orders.fetch_pages(self._graph, starts, limit=limit, backward=backward)
            pages.update(zip(alike, found, strict=True))
        return [pages[key] for key in keys]

    async def _load_totals(self, ids: list[str]) -> Sequence[Totals]:
        totals = await orders.fetch_totals(self._graph, ids)
        return [totals.get(person_id, Totals()) for person_id in ids]

    async def _load_accounts(self, ids: list[str]) -> Sequence[HeldAccounts | None]:
        found = await balances.fetch_all(self._graph, ids)
        return [found.get(person_id) for person_id in ids]

    async def _load_entries(self, keys: list[LedgerKey]) -> Sequence[list[TracedEntry]]:
        pages: dict[LedgerKey, list[TracedEntry]] = {}
        for (limit, backward), alike in _group(keys, lambda key: (key.limit, key.backward)).items():
            starts = [dict(key.start) for key in alike]
            fetch = fetch_pages_before if backward else fetch_pages
            pages.update(zip(alike, await fetch(self._graph, starts, limit=limit), strict=True))
        return [pages[key] for key in keys]


def _group(keys: Iterable[_Page], by: Callable[[_Page], _Alike]) -> dict[_Alike, list[_Page]]:
    """Pages that one statement can answer, by what they have in common."""
    found: dict[_Alike, list[_Page]] = defaultdict(list)
    for key in keys:
        found[by(key)].append(key)
    return found
