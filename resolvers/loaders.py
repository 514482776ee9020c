"""Reads that are collected from all fields of an operation and answered by one statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from graph import orders
from graph.database import Graph
from graph.orders import PageStart, PlacedOrder, Totals
from hub.core.errors import Unavailable
from hub.services.describe_persons import PersonDescription, describe_persons


class PageKey(NamedTuple):
    """A page of a person's orders: where it starts and how many orders it may have."""

    person_id: str
    start: PageStart | None
    limit: int


class Loaders:
    """One set a request."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.descriptions = DataLoader(self._load_descriptions)
        self.order_pages = DataLoader(self._load_order_pages)
        self.totals = DataLoader(self._load_totals)

    async def _load_descriptions(self, ids: list[str]) -> Sequence[PersonDescription | BaseException]:
        merged = Unavailable("This person was merged into another while being read. Ask again.")
        return [found or merged for found in await describe_persons(self._graph, ids)]

    async def _load_order_pages(self, keys: list[PageKey]) -> Sequence[list[PlacedOrder]]:
        by_limit: dict[int, list[PageKey]] = defaultdict(list)
        for key in keys:
            by_limit[key.limit].append(key)
        pages: dict[PageKey, list[PlacedOrder]] = {}
        for limit, of_limit in by_limit.items():
            starts = [(key.person_id, key.start) for key in of_limit]
            pages.update(zip(of_limit, await orders.fetch_pages(self._graph, starts, limit=limit), strict=True))
        return [pages[key] for key in keys]

    async def _load_totals(self, ids: list[str]) -> Sequence[Totals]:
        totals = await orders.fetch_totals(self._graph, ids)
        return [totals.get(person_id, Totals()) for person_id in ids]
