"""All orders that are marked, in batches: those that were placed first before the others.

It can be stopped anywhere, killed, repeated, and run by several at once: what a batch did is committed with the marks
that it took off, so that each mark is settled once. An order that cannot be settled is set aside, marked as it is: the
others go on, nothing of it is lost, and it is tried again after a while.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from zlib import crc32

import anyio
import structlog

from graph import order_points
from graph.database import Graph
from hub.core.error_groups import one_error
from hub.core.errors import HubError
from hub.services.order_points.batch import BatchDone, settle_batch
from hub.services.order_points.earner import Earner

_PAGE = 4000
_BATCH = 500
_LANES = 2
_ASIDE_MS = 3_600_000
_MENDABLE = (HubError, ArithmeticError, LookupError, ValueError)
"""What an order brings about that its account, its version or its key does not let be settled."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a run did: orders, operations that were posted, orders that were refused, and that were set aside."""

    orders: int = 0
    operations: int = 0
    refused: int = 0
    aside: int = 0

    def __add__(self, one: BatchDone) -> Settled:
        return replace(
            self,
            orders=self.orders + one.orders,
            operations=self.operations + one.operations,
            refused=self.refused + one.refused,
        )


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
        Unavailable: the graph takes nothing; what is committed stays.
    """
    run = _Run(graph, earner, now_ms, pause_s, progress, await order_points.count_marked(graph))
    while page := await order_points.find_marked(graph, now_ms=now_ms, limit=_PAGE):
        lanes: list[list[str]] = [[] for _ in range(_LANES)]
        for one in page:
            lanes[crc32(one.person.encode()) % _LANES].append(one.key)
        with one_error():
            async with anyio.create_task_group() as group:
                for lane in lanes:
                    group.start_soon(run.settle, lane)
    if run.done.refused:
        structlog.get_logger(__name__).warning("points of orders were refused", order_count=run.done.refused)
    if run.done.aside:
        structlog.get_logger(__name__).error("orders could not be settled", order_count=run.done.aside)
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
            except _MENDABLE as error:
                if len(keys[:size]) > 1:
                    # Whoever else writes to these accounts is let through by a shorter transaction, and where it is one
                    # of the orders, the others are let through.
                    size = max(1, min(size, len(keys)) // 4)
                    continue
                await self._set_aside(keys[0], error)
            else:
                self._tell(done)
            del keys[:size]
            size = min(_BATCH, size * 2)
            await anyio.sleep(self.pause_s)

    async def _set_aside(self, key: str, error: Exception) -> None:
        """Raises Unavailable where the graph takes not even that: then it is not the order."""
        await self.graph.write(order_points.set_aside, key, self.now_ms + _ASIDE_MS)
        code = error.code if isinstance(error, HubError) else type(error).__name__
        structlog.get_logger(__name__).error("an order could not be settled", order=key, code=code, exc_info=error)
        self.done = replace(self.done, aside=self.done.aside + 1)

    def _tell(self, done: BatchDone) -> None:
        self.done += done
        if self.progress is not None:
            self.progress(self.done.orders, max(self.total, self.done.orders))
