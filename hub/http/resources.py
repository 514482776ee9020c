"""What the HTTP process holds open while it runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from graph.database import Graph, Observer
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.services.access.doors import Doors
from hub.services.access.log import AccessLog
from hub.services.access.signing import ensure_key
from hub.services.changes.feed import Feed
from hub.services.changes.stream import EventStream
from hub.services.check_installation import check_installation
from hub.services.identity import Identity
from hub.services.ledger.programmes import Programmes
from hub.services.programme.in_force import load_programmes
from resolvers.reads import Reads


@dataclass(slots=True)
class Resources:
    """Open connections and keys; the graph answered when they were opened, the queue connects on first use.

    Attributes:
        identity, programmes, doors: by what is in force; replaced by `hub.http.in_force` when that changes, so a
            request takes each once.
    """

    settings: Settings
    graph: Graph
    queue: Redis
    identity: Identity
    programmes: Programmes
    reads: Reads
    access_log: AccessLog
    doors: Doors
    feed: Feed

    async def renew_doors(self) -> None:
        """Learn of new keys and clients, and of those that are good no more."""
        self.doors = await self.doors.renewed(self.graph, self.identity.vault, now_ms=now_ms())


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
        programmes = await load_programmes(graph, ZoneInfo(settings.timezone))
        stream = EventStream(queue, settings.queue_name, kept=settings.changes_kept)
        feed = Feed(stream, most_behind_s=settings.graphql_max_behind_s)
        resources = Resources(
            settings, graph, queue, identity, programmes, Reads(graph), AccessLog(graph), Doors(), feed
        )
        if settings.access == "tokens":
            await ensure_key(graph, identity.vault, now_ms=now_ms())
            await resources.renew_doors()
        yield resources
