"""What one request has read, so that each thing is asked for once and all fields agree on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from strawberry.dataloader import DataLoader

from hub.core.errors import Unavailable
from hub.services.describe_persons import PersonDescription
from resolvers.reads import Reads

MERGED: Final = "This person was merged into another while being read. Ask again."


_Key = TypeVar("_Key")
_Found = TypeVar("_Found")


class Loaders:
    """One set a request."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._reading: set[asyncio.Task[object]] = set()
        self.descriptions = self.make(self._load_descriptions)
        self.order_pages = self.make(reads.order_pages.ask)
        self.totals = self.make(reads.totals.ask)
        self.accounts = self.make(reads.accounts.ask)
        self.entries = self.make(reads.entries.ask)

    def forget_accounts(self) -> None:
        """Have balances and ledgers read anew: something was written."""
        self.accounts.clear_all()
        self.entries.clear_all()

    def abandon(self) -> None:
        """End what is being read: a loader reads in a task of its own, which nobody else ends with the request."""
        for task in self._reading:
            task.cancel()

    def make(
        self, load: Callable[[list[_Key]], Awaitable[Sequence[_Found] | Sequence[_Found | BaseException]]]
    ) -> DataLoader[_Key, _Found]:
        """A loader whose reading `abandon` ends."""

        async def load_noted(keys: list[_Key]) -> Sequence[_Found] | Sequence[_Found | BaseException]:
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
        return [found or merged for found in await self._reads.descriptions.ask(ids)]
