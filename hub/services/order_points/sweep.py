"""All orders that are marked, in batches: those that were placed first before the others.

It can be stopped anywhere, killed, repeated, and run by several at once: what a batch did is committed with the marks
that it took off, so that each mark is settled once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from zlib import crc32

import anyio
import structlog

from graph import order_points
from graph.database import Graph
from hub.core.error_groups import one_error
from hub.core.errors import Unavailable
from hub.services.order_points.batch import BatchDone, settle_batch
from hub.services.order_points.earner import Earner

_PAGE = 4000
_BATCH = 500
_LANES = 2


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run did: orders, operations that were posted, orders that were refused."""

    orders: int = 0
    operations: int = 0
    refused: int = 0

    def __add__(self, one: BatchDone) -> Settled:
        return Settled(self.orders + one.orders, self.operations + one.operations, self.refused + one.refused)


async def settle_orders(
    graph: Graph,
    earner: Earner,
    *,
    now_ms: int,
    pause_s: float = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Settled:
    """Bring the points of all marked orders up to what is known of them now.

    Args:
        pause_s: how long to leave the graph to others between two batches.
        progress: told how many orders are done, and of how many.

    Raises:
        Unavailable: the graph did not take even a single order; what is committed stays.
    """
    run = _Run(graph, earner, now_ms, pause_s, progress, await order_points.count_marked(graph))
    while page := await order_points.find_marked(graph, limit=_PAGE):
        lanes: list[list[str]] = [[] for _ in range(_LANES)]
        for one in page:
            lanes[crc32(one.person.encode()) % _LANES].append(one.key)
        with one_error():
            async with anyio.create_task_group() as group:
                for lane in lanes:
                    group.start_soon(run.settle, lane)
    if run.done.refused:
        structlog.get_logger(__name__).warning("points of orders were refused", order_count=run.done.refused)
    return run.done


@dataclass
class _Run:
    """One run of the sweep; lanes of different persons go side by side, so that the graph works while we do."""

    graph: Graph
    earner: Earner
    now_ms: int
    pause_s: float
    progress: Callable[[int, int], None] | None
    total: int
    done: Settled = field(default_factory=Settled)

    async def settle(self, keys: list[str]) -> None:
        """Settle orders in batches, in their order."""
        size = _BATCH
        while keys:
            try:
                done = await self.graph.write(settle_batch, self.earner, keys[:size], self.now_ms)
            except Unavailable:
                if size == 1:
                    raise
                # Whoever else writes to these accounts is let through by a shorter transaction.
                size = max(1, size // 4)
                continue
            self._tell(done)
            del keys[:size]
            size = min(_BATCH, size * 2)
            await anyio.sleep(self.pause_s)

    def _tell(self, done: BatchDone) -> None:
        self.done += done
        if self.progress is not None:
            self.progress(self.done.orders, max(self.total, self.done.orders))
