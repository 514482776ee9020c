"""`persons.patrol`: all records are checked, slice by slice and round after round, to be where the evidence says."""

from __future__ import annotations

from typing import Any, Final

import structlog

from graph.database import Graph
from hub.services.check_persons import Checked, check_slice
from hub.services.identity import Identity
from workers.edge import task

_CURSOR: Final = "patrol:after"
_SLICES: Final = 20
"""How many slices one run checks: a run a minute then gets through 10,000 records a minute."""


@task
async def patrol_persons(ctx: dict[str, Any]) -> int:
    """Check the next slices and remember where they ended; returns how many persons were wrong.

    The cursor lives in the queue's server: losing it only starts the round again.
    """
    queue, graph, identity = ctx["redis"], ctx["graph"], ctx["identity"]
    cursor_key = f"{ctx['queue_name']}:{_CURSOR}"
    after = (await queue.get(cursor_key) or b"").decode()
    checked = wrong = 0
    for _ in range(_SLICES):
        found = await _check(graph, identity, after)
        checked, wrong, after = checked + found.records, wrong + len(found.wrong), found.last or ""
        await queue.set(cursor_key, after)
        if not after:
            break
    structlog.get_logger(__name__).info("records checked", count=checked, wrong_count=wrong, round_complete=not after)
    return wrong


async def _check(graph: Graph, identity: Identity, after: str) -> Checked:
    """A slice, looked at twice where something seems wrong: a person may have changed under our eyes."""
    first = await check_slice(graph, identity.policy, after=after)
    if not first.wrong:
        return first
    second = await check_slice(graph, identity.policy, after=after)
    confirmed = tuple(sorted(set(first.wrong) & set(second.wrong)))
    if confirmed:
        log = structlog.get_logger(__name__)
        log.error("persons contradict their evidence", code="INVARIANT_BROKEN", persons=confirmed)
    return Checked(second.records, second.last, confirmed, second.skipped)
