"""Everything that was gathered into the graph: portions made ready in a thread, stored by a few writers at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing
from typing import Final

import anyio

from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.error_groups import one_error
from hub.services.ahead import run_ahead
from hub.services.bulk.files import by_file
from hub.services.bulk.pool import FactPool, Portion
from hub.services.bulk.prepare import Prepared, prepare_portion
from hub.services.bulk.store import Creation
from hub.services.bulk.turn import turn_of
from hub.services.identity import Identity
from hub.services.import_batches import MAX_EVENTS
from hub.services.import_facts import import_facts
from hub.services.imported_file import Progress
from hub.services.ingest import Applied
from rules.programme import Programme

PORTION: Final = 2000
"""Facts that are written together, or more where a component has more."""
_AHEAD: Final = 2
WRITERS: Final = 2
"""Portions have nothing in common that joins anybody, so that one may be committed while another is written."""


async def write_facts(
    graph: Graph, identity: Identity, programme: Programme, pool: FactPool, tell: Progress
) -> Mapping[int, Applied]:
    """Store everything; gives what each file created or changed, where it did.

    Raises:
        PolicyChanged, Unavailable: what is committed stays.
    """
    with one_error():
        async with aclosing(run_ahead(_prepare(identity, programme, pool), most=_AHEAD)) as upcoming:
            writing = _Writing(graph, identity, programme, upcoming, len(pool), tell)
            async with anyio.create_task_group() as writers:
                for _ in range(WRITERS):
                    writers.start_soon(writing.work)
    return writing.changed


def _prepare(identity: Identity, programme: Programme, pool: FactPool) -> Generator[Prepared | Portion, None, None]:
    for portion in pool.portions(PORTION):
        yield prepare_portion(identity.policy, programme, portion, now_ms=now_ms()) if portion.whole else portion


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
        self._next = asyncio.Lock()
        # Where the engine waits itself, it also finds out who waits for whom, which it could not if some waited here.
        self._last = None if graph.engine.waits else asyncio.Lock()
        self._total = total
        self._done = 0
        # Whether a portion was there already, as when a load is run again: others may be, too.
        self._met = False
        self._tell = tell

    async def work(self) -> None:
        """Store one after the other, until there are none left."""
        while (work := await self._take()) is not None:
            portion = work.portion if isinstance(work, Prepared) else work
            done = await self._create(work) if isinstance(work, Prepared) else None
            for number, applied in done or await self._ingest(portion):
                self.changed[number] += applied
            self._done += len(portion.facts)
            self._tell(self._done, self._total)

    async def _create(self, prepared: Prepared) -> list[tuple[int, Applied]] | None:
        with turn_of(self._last) as turn:
            creation = Creation(self._identity, self._programme, prepared, careful=self._met, turn=turn)
            done = await self._graph.write(creation.create)
        self._met = self._met or done is None
        return done

    async def _take(self) -> Prepared | Portion | None:
        async with self._next:
            return await anext(self._upcoming, None)

    async def _ingest(self, portion: Portion) -> list[tuple[int, Applied]]:
        """Store a portion as an ordinary import does, file by file."""
        done: list[tuple[int, Applied]] = []
        for number, facts in by_file(portion):
            for start in range(0, len(facts), MAX_EVENTS):
                batch = facts[start : start + MAX_EVENTS]
                applied = await self._graph.write(import_facts, self._identity, self._programme, batch, ())
                done.append((number, applied))
        return done
