"""What has changed is told: out of the graph's outbox into the stream that API processes read."""

from __future__ import annotations

from contextlib import aclosing
from typing import Final

import anyio
import structlog
from redis.asyncio import Redis

from graph.database import Graph
from hub.core.errors import HubError
from hub.core.settings import Settings
from hub.services.changes.relay import MOST, relay_changes
from hub.services.changes.stream import EventStream

_LOOK_EVERY_S: Final = 0.2
_PAUSE_S: Final = 2.0


async def keep_relaying(graph: Graph, settings: Settings) -> None:
    """Tell of changes until cancelled, whatever fails; each failure is logged once.

    No job of the queue's: those begin at full seconds, and whoever follows a till's customer waits for it.
    """
    queue: Redis = Redis.from_url(settings.require_queue_uri(), socket_timeout=5, socket_connect_timeout=2)
    failed = ""
    async with aclosing(queue):
        stream = EventStream(queue, settings.queue_name, kept=settings.changes_kept)
        while True:
            try:
                told, failed = await relay_changes(graph, stream), ""
            except Exception as error:
                told, failed = 0, _log(error, failed)
                await anyio.sleep(_PAUSE_S)
            if told < MOST:
                await anyio.sleep(_LOOK_EVERY_S)


def _log(error: Exception, before: str) -> str:
    """Write a failure to the log, unless it is the one of `before`; gives its words."""
    if isinstance(error, HubError):
        code, words, unforeseen = error.code, error.safe_message, None
    else:
        code, words, unforeseen = HubError.code, type(error).__name__, error
    if words != before:
        log = structlog.get_logger(__name__)
        log.warning("changes are not told: trying again", code=code, reason=words, exc_info=unforeseen)
    return words
