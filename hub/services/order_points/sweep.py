"""All orders that are marked, in batches: those that were placed first before the others.

It can be stopped anywhere, killed, repeated, and run by several at once: what a batch did is committed with the marks
that it took off, so that each mark is settled once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import anyio
import structlog

from graph import order_points
from graph.database import Graph
from hub.core.errors import Unavailable
from hub.services.import_guards import tuned
from hub.services.order_points.batch import BatchDone, settle_batch
from hub.services.order_points.earner import Earner

_PAGE = 2000
_BATCH = 500


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
    with tuned():
        return await _settle(graph, earner, now_ms, pause_s, progress)


async def _settle(
    graph: Graph, earner: Earner, now_ms: int, pause_s: float, progress: Callable[[int, int], None] | None
) -> Settled:
    done, total = Settled(), await order_points.count_marked(graph)
    while keys := await order_points.find_marked(graph, limit=_PAGE):
        size = _BATCH
        while keys:
            try:
                done += await graph.write(settle_batch, earner, keys[:size], now_ms)
            except Unavailable:
                if size == 1:
                    raise
                # Whoever else writes to these accounts is let through by a shorter transaction.
                size = max(1, size // 4)
                continue
            del keys[:size]
            size = min(_BATCH, size * 2)
            if progress is not None:
                progress(done.orders, max(total, done.orders))
            if pause_s:
                await anyio.sleep(pause_s)
    if done.refused:
        structlog.get_logger(__name__).warning("points of orders were refused", order_count=done.refused)
    return done
