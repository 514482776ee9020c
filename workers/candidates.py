"""`candidates.suggest`: records that are alike become cases, on a schedule or whenever something asks for it."""

from __future__ import annotations

from typing import Any

import structlog

from hub.services.candidates import Request, suggest_candidates
from workers.edge import task


@task
async def find_candidates(ctx: dict[str, Any]) -> int:
    """Compare all records and bring the cases up to date; returns how many were opened.

    Cut off anywhere, the next run does what is left.
    """
    done = await suggest_candidates(ctx["graph"], ctx["identity"], Request())
    structlog.get_logger(__name__).info(
        "candidates suggested",
        record_count=done.records,
        compared_count=done.compared,
        opened_count=done.opened,
        closed_count=done.closed,
        linked_count=done.linked,
        left_out_count=done.counts["left_out"] + done.omitted,
        duration_s=round(done.seconds, 1),
    )
    return done.opened
