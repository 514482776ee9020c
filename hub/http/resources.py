"""What the HTTP process holds open while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from graph.database import Graph, Observer
from hub.core.settings import Settings
from hub.services.check_installation import check_installation
from hub.services.identity import Identity


@dataclass(slots=True)
class Resources:
    """Open connections and keys; the graph answered when they were opened, the queue connects on first use.

    Attributes:
        identity: by the policy in force; replaced by `hub.http.identity` when that changes, so a request takes it once.
    """

    settings: Settings
    graph: Graph
    queue: Redis
    identity: Identity


@asynccontextmanager
async def open_resources(settings: Settings, observe: Observer | None = None) -> AsyncIterator[Resources]:
    """Open everything, close it at the end.

    Raises:
        InvalidSettings: an address or the identity key is missing, or the graph was filled with another key.
        Unavailable: the graph does not answer.
        Conflict: the graph's schema is not this code's.
    """
    queue: Redis = Redis.from_url(settings.require_queue_uri(), socket_timeout=2, socket_connect_timeout=2)
    async with aclosing(queue), Graph.open(settings, observe=observe) as graph:
        identity = await Identity.load(graph, settings)
        await check_installation(graph, identity)
        yield Resources(settings, graph, queue, identity)
