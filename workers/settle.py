"""`components.settle`: what was too large for a write is decided on here."""

from __future__ import annotations

from typing import Any

import structlog

from hub.services.settle_large import settle_waiting
from workers.edge import task


@task
async def settle_components(ctx: dict[str, Any]) -> int:
    """Settle every component that waits; returns how many there were."""
    done = await settle_waiting(ctx["graph"], ctx["identity"].policy)
    if done.components:
        structlog.get_logger(__name__).info(
            "components settled",
            count=done.components,
            record_count=done.records,
            moved_count=done.moved,
            waiting_count=done.waiting,
        )
    return done.components
