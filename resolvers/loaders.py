"""What one request has read, so that each thing is asked for once and all fields agree on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from graph.sources import Source
from hub.core.errors import Unavailable
from hub.services.describe_persons import PersonDescription, describe
from resolvers.batches import Batches
from resolvers.keys import MemberKey, PageKey
from resolvers.reads import Reads
from resolvers.together import TOGETHER, KnownPerson, Wanted, group_by_wanted

if TYPE_CHECKING:
    from resolvers.membership.membership import Membership

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

    def knows(self, key: _K) -> bool:
        """Whether a value was read, or is being read."""
        return key in self._found

    def learn(self, key: _K, value: _V) -> None:
        """Keep a value that was read otherwise, unless it is known."""
        if key not in self._found:
            self._found[key] = asyncio.get_running_loop().create_future()
            self._found[key].set_result(value)

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


class _Own(Generic[_K, _V]):
    """A loader that a request has of its own: made when it is first asked for, since most requests need a few."""

    def __init__(self, find: Callable[[Reads], Batches[_K, _V]]) -> None:
        self._find = find
        self._name = ""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, loaders: Loaders, _owner: type) -> Loader[_K, _V]:
        made = loaders.__dict__[self._name] = Loader(self._find(loaders.reads))
        return made


class Loaders:
    """One set a request."""

    births = _Own(lambda reads: reads.births)
    owners = _Own(lambda reads: reads.owners)
    descriptions = _Own(lambda reads: reads.descriptions)
    orders = _Own(lambda reads: reads.orders)
    order_pages = _Own(lambda reads: reads.order_pages)
    counted_orders = _Own(lambda reads: reads.counted_orders)
    totals = _Own(lambda reads: reads.totals)
    sealed = _Own(lambda reads: reads.sealed)
    accounts = _Own(lambda reads: reads.accounts)
    entries = _Own(lambda reads: reads.entries)
    entry_counts = _Own(lambda reads: reads.entry_counts)
    past_accounts = _Own(lambda reads: reads.past_accounts)
    entry_ranges = _Own(lambda reads: reads.entry_ranges)
    lots = _Own(lambda reads: reads.lots)
    lot_pages = _Own(lambda reads: reads.lot_pages)
    members = _Own(lambda reads: reads.members)
    sources = _Own(lambda reads: reads.sources)
    explanations = _Own(lambda reads: reads.explanations)
    households = _Own(lambda reads: reads.households)
    person_households = _Own(lambda reads: reads.person_households)
    beliefs = _Own(lambda reads: reads.beliefs)
    valid = _Own(lambda reads: reads.valid)
    decisions = _Own(lambda reads: reads.decisions)
    person_decisions = _Own(lambda reads: reads.person_decisions)
    case_decisions = _Own(lambda reads: reads.case_decisions)

    def __init__(self, reads: Reads) -> None:
        self.reads = reads
        self.memberships: dict[tuple[MemberKey, int], Membership] = {}  # as they are shown, by instant

    async def describe(self, person_id: str) -> PersonDescription:
        """A person with all that their records say; raises Unavailable where they are no more."""
        found = await self.descriptions.load(person_id)
        if found is None:
            raise Unavailable(MERGED)
        return found

    async def list_sources(self) -> list[Source]:
        """All systems, as the first who asks finds them."""
        return await self.sources.load("")

    async def find_holders(self, key: str, wanted: Wanted | None = None) -> tuple[str, ...]:
        """Who holds the identifier of a key, as `PersonFinder` asks for it; what is wanted of them is read along."""
        if wanted is None:
            return await self.reads.find_holders(key)
        [known] = await self.reads.find_together(wanted).ask([key])
        if known is None:
            return ()
        self._learn(wanted, known)
        return known.found.ids

    async def read_ahead(self, asked: Sequence[tuple[str, Any]]) -> None:
        """Have loaders know the keys that fields will ask them for, by the loaders' names: of a person all at once."""
        unknown = [(name, key) for name, key in asked if not getattr(self, name).knows(key)]
        for name, key in unknown:
            if name not in TOGETHER:
                getattr(self, name).want(key)
        for wanted, persons in group_by_wanted(unknown).items():
            for known in await self.reads.fetch_together(wanted).ask(persons):
                if known is not None:
                    self._learn(wanted, known)
        for found in [getattr(self, name).want(key) for name, key in asked]:
            await found

    def _learn(self, wanted: Wanted, known: KnownPerson) -> None:
        found, person = known.found, known.found.ids[0]
        if wanted.evidence:
            self.descriptions.learn(person, describe(person, found.read_evidence()))
        if wanted.accounts:
            self.accounts.learn(person, found.read_accounts())
        if wanted.member is not None:
            self.members.learn(wanted.member.of_person(person), known.member)
        if wanted.orders:
            self.order_pages.learn(PageKey(person, None, wanted.orders), found.read_orders())

    def forget(self) -> None:
        """Have what was written anew read anew: balances and memberships."""
        for changed in (self.accounts, self.entries, self.entry_ranges, self.lots, self.lot_pages, self.members):
            changed.forget()
        self.memberships.clear()

    def abandon(self) -> None:
        """End what is being read: others may have begun it, so that nothing else ends it with the request."""
        for loader in vars(self).values():
            if isinstance(loader, Loader):
                loader.abandon()
