"""Large components: how large a write decides on within a second, and whether settling one keeps others waiting.

The components are `bench.tangle`'s. For the first figure each size has a component of its own, settled beforehand; a
newcomer's event joins it under a policy whose `max_component` does not stop it, the median of a few counts, and the
largest size within a second is VALUE, beside the shipped policy's `max_component`.

For the second a component waits undecided, and a process of its own settles it (`hub.services.settle_large`) while
events on unrelated persons (`bench.event_cost`'s kinds) are applied one by one. VALUE is events a second at the 99th
percentile meanwhile, REFERENCE the same on the idle system just before.

BENCH_LARGE_RECORDS (100000) is the size of the one that is settled in the background.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final

import anyio

from bench.children import environ_for
from bench.crowd import Crowd
from bench.metrics import percentile
from bench.report import Result
from bench.tangle import Tangle
from graph.database import Graph
from graph.migrations import migrate
from hub.core.settings import Settings
from hub.services.facts import CustomerFact
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.policy import DEFAULT_POLICY
from hub.services.settle_large import settle_waiting
from tests.support.servers import Engine, graph_server

LARGE: Final = int(os.environ.get("BENCH_LARGE_RECORDS", "100000"))
_SIZES: Final = (250, 500, 1000, 1500, 2000, 3000, 4000, 6000, 8000, 12_000, 16_000)
_NEWCOMERS: Final = 5
_WITHIN_S: Final = 1.0
_CROWD: Final = 5000
_WARM_UP: Final = 900
_IDLE_EVENTS: Final = 1500


def run(engine: Engine) -> Iterator[Result]:
    """Both figures, on one server."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        yield anyio.run(_measure_inline, engine, settings)
        yield anyio.run(_measure_background, engine, settings)


async def _measure_inline(engine: Engine, settings: Settings) -> Result:
    seconds: dict[int, float] = {}
    async with Graph.open(settings) as graph:
        await migrate(graph)
        identity = await Identity.load(graph, settings)
        boundless = identity.under(replace(identity.policy, max_component=10**9))
        for number, size in enumerate(_SIZES):
            seconds[size] = await _join_tangle(graph, boundless, Tangle(identity, number, size))
            if seconds[size] > _WITHIN_S:
                break
    largest = max((size for size, taken in seconds.items() if taken <= _WITHIN_S), default=0)
    facts = {
        "a newcomer's event by records": ", ".join(f"{size:,} {taken:.2f} s" for size, taken in seconds.items()),
        "largest within a second": f"{largest:,} records",
    }
    return Result("large_component_inline", engine, largest, DEFAULT_POLICY.max_component, facts)


async def _join_tangle(graph: Graph, identity: Identity, tangle: Tangle) -> float:
    await tangle.create(graph)
    await settle_waiting(graph, identity.policy)
    taken: list[float] = []
    for turn in range(_NEWCOMERS):
        taken.append(await _apply(graph, identity, tangle.newcomer(turn)))
    return median(taken)


async def _measure_background(engine: Engine, settings: Settings) -> Result:
    async with Graph.open(settings) as graph:
        identity = await Identity.load(graph, settings)
        crowd = Crowd(identity)
        await crowd.create(graph, 0, _CROWD)
        await Tangle(identity, 100, LARGE).create(graph)
        turns = iter(range(10**9))
        for turn, _ in zip(turns, range(_WARM_UP), strict=False):
            await _apply(graph, identity, crowd.fact(crowd.draw_event(turn, _CROWD)))
        idle = [
            await _apply(graph, identity, crowd.fact(crowd.draw_event(next(turns), _CROWD)))
            for _ in range(_IDLE_EVENTS)
        ]
        settling = asyncio.create_task(_settle_apart(settings))
        busy: list[float] = []
        while not settling.done():
            busy.append(await _apply(graph, identity, crowd.fact(crowd.draw_event(next(turns), _CROWD))))
        done = settling.result()
    p99 = percentile(busy, 0.99), percentile(idle, 0.99)
    facts = {
        "settled": f"{done['records']:,} records in {done['seconds']:.1f} s, {done['moved']:,} of them in groups that "
        f"were wrong, {done['waiting']} left waiting",
        "events meanwhile": f"{len(busy):,}, p99 {p99[0] * 1000:.1f} ms, median {median(busy) * 1000:.1f} ms, "
        f"longest {max(busy) * 1000:.0f} ms",
        "events on the idle system": f"{len(idle):,}, p99 {p99[1] * 1000:.1f} ms, median {median(idle) * 1000:.1f} ms",
    }
    return Result("large_component_background", engine, 1 / p99[0], 1 / p99[1], facts)


async def _settle_apart(settings: Settings) -> dict[str, Any]:
    command = (sys.executable, "-m", "bench.settling")
    process = await asyncio.create_subprocess_exec(*command, env=environ_for(settings), stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"settling failed with {process.returncode}")
    return dict(json.loads(told))


async def _apply(graph: Graph, identity: Identity, fact: CustomerFact) -> float:
    started = perf_counter()
    await graph.write(apply_facts, identity, [fact], ())
    return perf_counter() - started
