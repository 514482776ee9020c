"""`cases.weigh`: what is at stake in open cases, so that the queue's order stays right."""

from __future__ import annotations

from typing import Any

import structlog

from hub.services.cases import weigh_cases
from workers.edge import task


@task
async def weigh_open_cases(ctx: dict[str, Any]) -> int:
    """Add up anew what the customers of open cases have bought; returns how many cases have changed."""
    changed = await weigh_cases(ctx["graph"])
    if changed:
        structlog.get_logger(__name__).info("cases weighed", changed_count=changed)
    return changed
