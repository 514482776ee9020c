"""Events told to 200 busy subscribers beside 1,000 idle ones, against as many readers who take them from Valkey.

Everybody is connected by a WebSocket of their own to one API process. VALUE and REFERENCE are events that arrived a
second, counted at each who was told.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import anyio
import psutil
from redis.asyncio import Redis

from bench.report import Result
from graph.database import Graph
from graph.migrations import migrate
from hub.core.settings import Settings
from hub.services.changes.events import Event, Place, Telling
from hub.services.changes.stream import EventStream
from hub.services.identity import Identity
from tests.integration.api_events import Talk, talking
from tests.integration.api_process import environ_of, serving
from tests.support.servers import Engine, graph_server
from tests.support.stewardship import put, read_births, said

IDLE: Final = int(os.environ.get("HUB_BENCH_IDLE") or 1000)
BUSY: Final = 200
EVENTS: Final = 100
_ALL: Final = "subscription { personChanged { eventId personId person { id } } }"
_ONE: Final = "subscription ($persons: [ID!]) { personChanged(persons: $persons) { eventId } }"


def run(engine: Engine) -> Iterator[Result]:
    """Deliveries a second, and what those cost who only wait."""
    with TemporaryDirectory() as folder, graph_server(engine, Path(folder)) as settings:
        quiet, told = anyio.run(_put_two, settings)
        environ = environ_of(
            settings, HUB_GRAPHQL_MAX_SUBSCRIPTIONS=str(IDLE + BUSY), HUB_GRAPHQL_BUCKET="0", HUB_HTTP_PORT="0"
        )
        with serving(environ) as (process, address):
            value, facts = anyio.run(_measure, settings, address, process.pid, quiet, told)
        reference = anyio.run(_read_raw, settings, told)
        yield Result("subscribers", engine, value, reference, facts)


async def _put_two(settings: Settings) -> tuple[str, str]:
    """Somebody of whom nothing is told, and somebody else."""
    async with Graph.open(settings) as graph:
        await migrate(graph)
        await put(graph, Identity.from_settings(settings), said("pos|a", ("phone", "13800000001")))
        await put(graph, Identity.from_settings(settings), said("pos|b", ("phone", "13800000002")))
        births = await read_births(graph)
        return births["pos|a"], births["pos|b"]


async def _measure(settings: Settings, address: str, pid: int, quiet: str, told: str) -> tuple[float, dict[str, Any]]:
    server = psutil.Process(pid)
    async with AsyncExitStack() as connections, aclosing(Redis.from_url(settings.require_queue_uri())) as queue:
        empty = server.memory_info().rss
        for _ in range(IDLE):
            await _follow(connections, address, _ONE, persons=[quiet])
        busy = [await _follow(connections, address, _ALL) for _ in range(BUSY)]
        each = (server.memory_info().rss - empty) / (IDLE + BUSY)
        used = sum(server.cpu_times()[:2])
        await anyio.sleep(5)
        waiting = (sum(server.cpu_times()[:2]) - used) / 5
        stream = EventStream(queue, settings.queue_name, kept=100_000)
        seconds = await _time(stream, told, [_hear(talk) for talk in busy])
    return BUSY * EVENTS / seconds, {
        "memory for each who is connected": f"{each / 1024:.0f} KiB",
        "processor while nothing is told": f"{waiting:.1%}",
        "an event to all who are busy": f"{seconds / EVENTS * 1000:.1f} ms",
    }


async def _read_raw(settings: Settings, told: str) -> float:
    async with AsyncExitStack() as connections:
        queues = [
            await connections.enter_async_context(aclosing(Redis.from_url(settings.require_queue_uri())))
            for _ in range(BUSY)
        ]
        streams = [EventStream(queue, settings.queue_name, kept=100_000) for queue in queues]
        place = (await streams[0].find_ends()).last
        return BUSY * EVENTS / await _time(streams[0], told, [_take(stream, place) for stream in streams])


async def _follow(connections: AsyncExitStack, address: str, query: str, **variables: Any) -> Talk:
    talk = await connections.enter_async_context(talking(address))
    await talk.begin()
    await talk.subscribe("s", query, **variables)
    await talk.subscribe("then", "{ __typename }")
    while (await talk.hear())["type"] != "complete":
        pass
    return talk


async def _time(stream: EventStream, told: str, hearing: list[Any]) -> float:
    """Seconds until everybody has heard all events, told one by one."""
    event = Event("person", told, frozenset([told]), None, 0)
    listeners = [asyncio.ensure_future(one) for one in hearing]
    started = perf_counter()
    for number in range(EVENTS):
        await stream.append([Telling(event, (f"{started}-{number}",))])
    await asyncio.gather(*listeners)
    return perf_counter() - started


async def _hear(talk: Talk) -> None:
    for _ in range(EVENTS):
        told = await talk.hear()
        assert told["type"] == "next", told


async def _take(stream: EventStream, place: Place) -> None:
    heard = 0
    while heard < EVENTS:
        events = await stream.wait(place, wait_s=1, limit=10)
        heard += len(events)
        place = events[-1].place or place if events else place
