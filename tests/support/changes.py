"""What the outbox holds, and a stream to tell it in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from redis.asyncio import Redis

from graph import changes
from graph.changes import Mark
from graph.database import Graph
from hub.core.settings import Settings
from hub.services.changes.relay import relay_changes
from hub.services.changes.stream import EventStream


async def take_marks(graph: Graph) -> list[Mark]:
    """What was marked since the last call, each thing once, in the order of things and not of time."""
    found = await changes.fetch(graph, limit=10_000)
    await graph.write(changes.forget, {one.key for one in found})
    return sorted({one.mark for one in found})


@asynccontextmanager
async def open_stream(settings: Settings, *, kept: int = 100_000, fresh: bool = True) -> AsyncIterator[EventStream]:
    """The hub's stream, empty to begin with if it is to be fresh."""
    queue: Redis = Redis.from_url(settings.require_queue_uri(), socket_timeout=5)
    async with aclosing(queue):
        if fresh:
            await queue.flushdb()
        yield EventStream(queue, settings.queue_name, kept=kept)


async def relay_all(graph: Graph, stream: EventStream) -> None:
    """Tell of everything that waits."""
    while await relay_changes(graph, stream):
        pass
