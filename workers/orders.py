"""`orders.settle_points`: orders that changed get the points that are due to them, and no more."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import structlog

from hub.core.clock import now_ms
from hub.services.order_points import load_earner, settle_orders
from workers.edge import task

_PAUSE_S = 0.05
"""Between two batches, so that tills are not kept waiting by a large import."""


@task
async def settle_points(ctx: dict[str, Any]) -> int:
    """Settle all orders that are marked; returns how many operations that took."""
    earner = await load_earner(ctx["graph"], ZoneInfo(ctx["settings"].timezone))
    done = await settle_orders(ctx["graph"], earner, now_ms=now_ms(), pause_s=_PAUSE_S)
    if done.orders:
        structlog.get_logger(__name__).info(
            "points of orders settled", order_count=done.orders, operation_count=done.operations
        )
    return done.operations
