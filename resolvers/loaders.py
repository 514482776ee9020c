"""What one request has read, so that each thing is asked for once and all fields agree on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from strawberry.dataloader import DataLoader

from hub.core.errors import Unavailable
from hub.services.describe_persons import PersonDescription
from resolvers.reads import Reads

MERGED: Final = "This person was merged into another while being read. Ask again."


class Loaders:
    """One set a request."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self.descriptions = DataLoader(self._load_descriptions)
        self.order_pages = DataLoader(reads.order_pages.ask)
        self.totals = DataLoader(reads.totals.ask)
        self.accounts = DataLoader(reads.accounts.ask)
        self.entries = DataLoader(reads.entries.ask)

    def forget_accounts(self) -> None:
        """Have balances read anew: something was written."""
        self.accounts.clear_all()

    async def _load_descriptions(self, ids: list[str]) -> Sequence[PersonDescription | BaseException]:
        merged = Unavailable(MERGED)
        return [found or merged for found in await self._reads.descriptions.ask(ids)]
