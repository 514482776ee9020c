"""`tiers.review`: whose tier has changed, and who will lose theirs."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog

from hub.core.clock import now_ms
from hub.services.membership.review import review_tiers
from hub.services.programme.versions import fetch_programmes, load_programme
from workers.edge import task

_CURSOR: Final = "tiers:after"


@task
async def review_all_tiers(ctx: dict[str, Any]) -> int:
    """Look at everybody in every programme; returns how many notices were put in the outbox.

    How far it has come is kept in the queue's server, so that a run that was cut off is gone on with; losing that only
    means looking at some persons again.
    """
    graph, queue = ctx["graph"], ctx["redis"]
    zone, told = ZoneInfo(ctx["settings"].timezone), 0
    for name in sorted(await fetch_programmes(graph)):
        programme = await load_programme(graph, name, zone)
        cursor = f"{ctx['queue_name']}:{_CURSOR}:{name}"
        after = (await queue.get(cursor) or b"").decode()
        async for page in review_tiers(graph, programme, now_ms=now_ms(), after=after):
            told += len(page.told)
            await queue.set(cursor, page.last)
        await queue.delete(cursor)
    structlog.get_logger(__name__).info("tiers reviewed", told_count=told)
    return told
