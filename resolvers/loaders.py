"""What one request has read, so that each thing is asked for once and all fields agree on it."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable
from typing import Final, Generic, TypeVar

from hub.core.errors import Unavailable
from hub.services.describe_persons import PersonDescription
from resolvers.batches import Batches
from resolvers.reads import Reads

MERGED: Final = "This person was merged into another while being read. Ask again."

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Loader(Generic[_K, _V]):
    """Values by key, each read once; what is wanted in one turn of the event loop is asked for together."""

    def __init__(self, batches: Batches[_K, _V]) -> None:
        self._batches = batches
        self._found: dict[_K, asyncio.Future[_V]] = {}
        self._wanted: dict[_K, asyncio.Future[_V]] = {}
        self._reading: set[asyncio.Future[list[_V]]] = set()

    async def load(self, key: _K) -> _V:
        """The value of a key. Raises whatever reading it raised, also when it is asked for again."""
        return await self.want(key)

    async def load_all(self, keys: Iterable[_K]) -> list[_V]:
        """The values of keys, in their order."""
        wanted = [self.want(key) for key in keys]
        return [await one for one in wanted]

    def want(self, key: _K) -> asyncio.Future[_V]:
        """What will be the value of a key; one that was given up by all who wanted it is read again."""
        known = self._wanted.get(key) or self._found.get(key)
        if known is None or known.cancelled():
            loop = asyncio.get_running_loop()
            if not self._wanted:
                loop.call_soon(self._ask)
            known = self._wanted[key] = loop.create_future()
        self._found[key] = known
        return known

    def forget(self) -> None:
        """Read anew what is asked for from now on."""
        self._found.clear()

    def abandon(self) -> None:
        """End what is being read."""
        for answer in self._reading:
            answer.cancel()

    def _ask(self) -> None:
        wanted, self._wanted = self._wanted, {}
        answer = self._batches.begin(list(wanted))
        self._reading.add(answer)
        answer.add_done_callback(lambda _: self._hand_out(answer, wanted.values()))

    def _hand_out(self, answer: asyncio.Future[list[_V]], wanted: Iterable[asyncio.Future[_V]]) -> None:
        self._reading.discard(answer)
        waiting = [one for one in wanted if not one.done()]
        if answer.cancelled():
            for one in waiting:
                one.cancel()
        elif error := answer.exception():
            for one in waiting:
                one.set_exception(error)
                one.exception()  # it need not be anybody who still asks
        else:
            for one, value in zip(wanted, answer.result(), strict=True):
                if not one.done():
                    one.set_result(value)


class Loaders:
    """One set a request."""

    def __init__(self, reads: Reads) -> None:
        self.births = Loader(reads.births)
        self.descriptions = Loader(reads.descriptions)
        self.order_pages = Loader(reads.order_pages)
        self.totals = Loader(reads.totals)
        self.accounts = Loader(reads.accounts)
        self.entries = Loader(reads.entries)
        self.members = Loader(reads.members)

    async def describe(self, person_id: str) -> PersonDescription:
        """A person with all that their records say; raises Unavailable where they are no more."""
        found = await self.descriptions.load(person_id)
        if found is None:
            raise Unavailable(MERGED)
        return found

    def forget(self) -> None:
        """Have what was written anew read anew: balances and memberships."""
        for changed in (self.accounts, self.entries, self.members):
            changed.forget()

    def abandon(self) -> None:
        """End what is being read: others may have begun it, so that nothing else ends it with the request."""
        for loader in vars(self).values():
            loader.abandon()
