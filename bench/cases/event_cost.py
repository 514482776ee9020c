"""What one customer event costs in a large graph, beside one of 10,000 persons.

Two servers run at once, one with each graph (`bench.crowd`), and take turns, so that whatever else the machine does
meets both. An event is made a fact and applied in a transaction of its own. A third of the events are new records of
persons who are there, a third change what a known record says, a third are of new persons.

VALUE is events a second in the large graph by the median, REFERENCE in the small one: a ratio of 0.77 is a cost of 1.3.

BENCH_EVENT_PERSONS (200000) is the large graph's size; loading it takes most of the time, about a minute for 100,000.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import anyio

from bench.crowd import KINDS, Crowd
from bench.metrics import percentile
from bench.report import Result
from graph.database import Graph
from graph.migrations import migrate
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from tests.support.servers import Engine, graph_server

LARGE: Final = int(os.environ.get("BENCH_EVENT_PERSONS", "200000"))
SMALL: Final = 10_000
_WARM_UP: Final = 600
_EVENTS: Final = 900


def run(engine: Engine) -> Iterator[Result]:
    """Events a second, one by one, in the large graph against the small one."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with graph_server(engine, folder / "small") as small, graph_server(engine, folder / "large") as large:
            seconds, loading_s = anyio.run(_measure, small, large)
    times = {size: [one for kind in KINDS for one in seconds[size, kind]] for size in (SMALL, LARGE)}
    medians = {size: median(found) for size, found in times.items()}
    facts = {
        "persons": f"{LARGE:,} ({2 * LARGE:,} records, loaded in {loading_s:.0f} s) against {SMALL:,}",
        "cost against the small graph": f"{medians[LARGE] / medians[SMALL]:.2f}",
        **{
            kind: f"{median(seconds[LARGE, kind]) * 1000:.2f} ms, small {median(seconds[SMALL, kind]) * 1000:.2f} ms"
            for kind in KINDS
        },
        "p99": f"{percentile(times[LARGE], 0.99) * 1000:.1f} ms, small {percentile(times[SMALL], 0.99) * 1000:.1f} ms",
    }
    yield Result("event_cost", engine, 1 / medians[LARGE], 1 / medians[SMALL], facts)


async def _measure(small: Settings, large: Settings) -> tuple[dict[tuple[int, str], list[float]], float]:
    async with Graph.open(small) as few, Graph.open(large) as many:
        crowds: dict[int, tuple[Graph, Crowd]] = {}
        for graph, settings, size in ((few, small, SMALL), (many, large, LARGE)):
            await migrate(graph)
            started = perf_counter()
            crowds[size] = graph, Crowd(await Identity.load(graph, settings))
            await crowds[size][1].create(graph, 0, size)
            loading_s = perf_counter() - started
        seconds: dict[tuple[int, str], list[float]] = {(size, kind): [] for size in crowds for kind in KINDS}
        for turn in range(_WARM_UP + _EVENTS):
            for size, (graph, crowd) in crowds.items():
                started = perf_counter()
                await graph.write(apply_facts, crowd.identity, [crowd.fact(crowd.draw_event(turn, size))], ())
                if turn >= _WARM_UP:
                    seconds[size, KINDS[turn % len(KINDS)]].append(perf_counter() - started)
        return seconds, loading_s
