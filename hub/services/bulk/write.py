"""Everything that was gathered into the graph: portions made ready in a thread, stored by a few writers at once."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing
from itertools import groupby
from operator import itemgetter
from typing import Final

import anyio

from graph.database import Graph, Transaction
from hub.core.clock import now_ms
from hub.core.error_groups import one_error
from hub.services.ahead import run_ahead
from hub.services.bulk.pool import FactPool, Portion
from hub.services.bulk.prepare import Prepared, prepare_portion
from hub.services.bulk.store import create_portion
from hub.services.facts import CustomerFact
from hub.services.identity import Identity
from hub.services.import_batches import MAX_EVENTS
from hub.services.import_facts import bring_holdings, import_facts
from hub.services.imported_file import Progress
from hub.services.ingest import Applied
from rules.programme import Programme

_PORTION: Final = 2000
_AHEAD: Final = 2
# Portions have nothing in common that joins anybody, so that one may be committed while another is written.
_WRITERS: Final = 2


async def write_facts(
    graph: Graph, identity: Identity, programme: Programme, pool: FactPool, tell: Progress
) -> Mapping[int, Applied]:
    """Store everything; gives what each file created or changed, where it did.

    Raises:
        PolicyChanged, Unavailable: what is committed stays.
    """
    with one_error():
        async with aclosing(run_ahead(_prepare(identity, pool), most=_AHEAD)) as upcoming:
            writing = _Writing(graph, identity, programme, upcoming, len(pool), tell)
            async with anyio.create_task_group() as writers:
                for _ in range(_WRITERS):
                    writers.start_soon(writing.work)
    return writing.changed


def _prepare(identity: Identity, pool: FactPool) -> Generator[Prepared | Portion, None, None]:
    for portion in pool.portions(_PORTION):
        yield prepare_portion(identity.policy, portion, now_ms=now_ms()) if portion.whole else portion


class _Writing:
    def __init__(
        self,
        graph: Graph,
        identity: Identity,
        programme: Programme,
        upcoming: AsyncGenerator[Prepared | Portion, None],
        total: int,
        tell: Progress,
    ) -> None:
        self.changed: defaultdict[int, Applied] = defaultdict(Applied)
        self._graph = graph
        self._identity = identity
        self._programme = programme
        self._upcoming = upcoming
        self._turn = asyncio.Lock()
        self._total = total
        self._done = 0
        self._tell = tell

    async def work(self) -> None:
        """Store one after the other, until there are none left."""
        while (work := await self._take()) is not None:
            portion = work.portion if isinstance(work, Prepared) else work
            done = None
            if isinstance(work, Prepared):
                done = await self._graph.write(_create, self._identity, self._programme, work)
            for number, applied in done or await self._ingest(portion):
                self.changed[number] += applied
            self._done += len(portion.facts)
            self._tell(self._done, self._total)

    async def _take(self) -> Prepared | Portion | None:
        async with self._turn:
            return await anext(self._upcoming, None)

    async def _ingest(self, portion: Portion) -> list[tuple[int, Applied]]:
        """Store a portion as an ordinary import does, file by file."""
        done: list[tuple[int, Applied]] = []
        for number, facts in _by_file(portion):
            for start in range(0, len(facts), MAX_EVENTS):
                batch = facts[start : start + MAX_EVENTS]
                applied = await self._graph.write(import_facts, self._identity, self._programme, batch, ())
                done.append((number, applied))
        return done


async def _create(
    tx: Transaction, identity: Identity, programme: Programme, prepared: Prepared
) -> list[tuple[int, Applied]] | None:
    """Create a portion with the balances and tiers that it states; None where `create_portion` does not."""
    if not await create_portion(tx, identity, prepared):
        return None
    first = _count_first(prepared.portion)
    return [
        (number, Applied(first[number]) + await bring_holdings(tx, programme, facts))
        for number, facts in _by_file(prepared.portion)
    ]


def _by_file(portion: Portion) -> list[tuple[int, list[CustomerFact]]]:
    said = sorted(portion.facts, key=itemgetter(0))
    return [(number, [fact for _, fact in facts]) for number, facts in groupby(said, key=itemgetter(0))]


def _count_first(portion: Portion) -> Counter[int]:
    """How many records each file was the first to speak of, in the order in which the files were given."""
    first: dict[str, int] = {}
    for file, fact in portion.facts:
        record = str(fact.record)
        first[record] = min(first.get(record, file), file)
    return Counter(first.values())
