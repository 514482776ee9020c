"""Customer events through the full path, beside writing the graph that comes of them from memory.

The full path: each event becomes a fact (normalised, hashed, sealed), and batches of facts are applied in transactions:
claims, resolution, golden records, cases. The reference is `bench.plain_merge`: the same nodes, relationships and
properties from rows at hand. Both write to one server by turns: the first turn warms it up, the median of the others
counts. Reading and translating the files is left out (`import_files` measures that).

BENCH_INGEST_PERSONS (5000) is the size, about 2.4 events a person.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Final

import anyio

from bench.exported_events import read_events
from bench.plain_merge import Rows, merge_graph, read_graph
from bench.report import Result
from bench.statements import Timings
from graph.database import Graph
from graph.migrations import migrate
from hub.core.model import CustomerEvent
from hub.core.settings import Settings
from hub.demo.generate import generate
from hub.services.facts import state_customer
from hub.services.identity import Identity
from hub.services.import_batches import MAX_EVENTS
from hub.services.import_guards import tuned
from hub.services.ingest import apply_facts
from tests.support.contents import empty
from tests.support.servers import Engine, graph_server

PERSONS: Final = int(os.environ.get("BENCH_INGEST_PERSONS", "5000"))
_TURNS: Final = 4


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    facts_s: float
    cpu_s: float
    server_s: float
    costly: str


def run(engine: Engine) -> Iterator[Result]:
    """Events a second of the full path against the plain MERGE's."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / "exports", persons=PERSONS, seed=1, orders=False)
        events = list(read_events(folder / "exports"))
        with graph_server(engine, folder / "server") as settings, tuned():
            runs, plain, content = anyio.run(_measure, settings, events)
    ours, reference_s = sorted(runs, key=lambda one: one.seconds)[len(runs) // 2], median(plain)
    count = len(events)
    facts = {
        "events": f"{count:,} of {PERSONS:,} persons",
        "nodes and relationships": f"{sum(map(len, content)):,}",
        "seconds": f"{ours.seconds:.2f}, plain MERGE {reference_s:.2f}",
        "all turns": f"{', '.join(f'{one.seconds:.1f}' for one in runs)}, plain MERGE "
        f"{', '.join(f'{one:.1f}' for one in plain)}",
        "of these": f"making facts {ours.facts_s:.2f}, until statements answered {ours.server_s:.2f}",
        "of our processor time": f"{ours.cpu_s:.2f} in this process",
        "statements": ours.costly,
    }
    yield Result("ingest", engine, count / ours.seconds, count / reference_s, facts)


async def _measure(settings: Settings, events: Sequence[CustomerEvent]) -> tuple[list[_Run], list[float], list[Rows]]:
    timings = Timings()
    runs: list[_Run] = []
    plain: list[float] = []
    patient = settings.model_copy(update={"graph_read_timeout_s": 600})
    async with Graph.open(patient, observe=timings.note) as graph:
        await migrate(graph)
        identity = await Identity.load(graph, settings)
        for _ in range(_TURNS):
            runs.append(await _ingest(graph, identity, events, timings))
            content = await read_graph(graph)
            await empty(graph)
            plain.append(await merge_graph(graph, content))
            await empty(graph)
    return runs[1:], plain[1:], content


async def _ingest(graph: Graph, identity: Identity, events: Sequence[CustomerEvent], timings: Timings) -> _Run:
    timings.clear()
    started, cpu_before = perf_counter(), process_time()
    facts_s = 0.0
    for start in range(0, len(events), MAX_EVENTS):
        began = perf_counter()
        facts = [
            state_customer(identity, event, default_ms=0, source="bench")
            for event in events[start : start + MAX_EVENTS]
        ]
        facts_s += perf_counter() - began
        await graph.write(apply_facts, identity, facts, ())
    return _Run(perf_counter() - started, facts_s, process_time() - cpu_before, timings.seconds, timings.describe(8))
