"""`persons.patrol`: all persons are checked against their evidence, slice by slice, round after round."""

from __future__ import annotations

from typing import Any, Final

import structlog

from hub.services.check_persons import check_slice
from workers.edge import task

_CURSOR: Final = "patrol:after"


@task
async def patrol_persons(ctx: dict[str, Any]) -> int:
    """Check the next slice and remember where it ended; returns how many persons were wrong, after a second look.

    The cursor lives in the queue's server: losing it only starts the round again.
    """
    queue, graph, identity = ctx["redis"], ctx["graph"], ctx["identity"]
    cursor_key = f"{ctx['queue_name']}:{_CURSOR}"
    after = (await queue.get(cursor_key) or b"").decode()
    checked = await check_slice(graph, identity, after=after)
    wrong = checked.wrong and (await check_slice(graph, identity, after=after)).wrong
    confirmed = sorted(set(wrong) & set(checked.wrong))
    log = structlog.get_logger(__name__)
    if confirmed:
        log.error("persons contradict their evidence", code="INVARIANT_BROKEN", persons=confirmed)
    await queue.set(cursor_key, checked.last or "")
    log.info("persons checked", checked=checked.persons, wrong=len(confirmed), round_complete=checked.last is None)
    return len(confirmed)
