"""A first load with `--bulk`, beside ordinary imports of the same files: customers alone, and with their orders.

The customers alone are also compared with the least that the server needs for them (`bench.plain_creation`).

Each goes to a fresh server, warmed up with other data of the same kind, from a process of its own (which starts another
that reads). The graphs have to be of one size; that they are equal is a test's business. What the server's and our
processes took of the processors is told as well: on a shared machine it says more than the clock.

BENCH_BULK_PERSONS (10000) is the size of the customers alone, BENCH_PERSONS (2500) that of the whole demo data.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio
import psutil

from bench.children import environ_for
from bench.plain_creation import Portions, create_all, prepare_files
from bench.report import Result
from graph.counts import fetch_counts
from graph.database import Graph
from graph.migrations import migrate
from hub.core.settings import Settings
from hub.demo.generate import generate
from tests.support.contents import empty
from tests.support.servers import Engine, graph_server

PERSONS: Final = int(os.environ.get("BENCH_BULK_PERSONS", "10000"))
WHOLE_PERSONS: Final = int(os.environ.get("BENCH_PERSONS", "2500"))
_WARM_UP_PERSONS: Final = 500


def run(engine: Engine) -> Iterator[Result]:
    """Rows a second of a bulk load against ordinary imports."""
    for name, persons, orders in (("customers", PERSONS, False), ("everything", WHOLE_PERSONS, True)):
        if persons:
            yield from _compare(engine, f"bulk_load_{name}", persons, orders)


def _compare(engine: Engine, name: str, persons: int, orders: bool) -> Iterator[Result]:
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        for size in (_WARM_UP_PERSONS, persons):
            generate(folder / str(size), persons=size, seed=1, orders=orders and size == persons)
        ordinary = _measure(engine, folder, persons)
        bulk = _measure(engine, folder, persons, "--bulk")
        floor = None if orders else _measure_floor(engine, folder, persons)
    if ordinary["counts"] != bulk["counts"]:
        raise AssertionError(f"the graphs differ: {ordinary['counts']}, in bulk {bulk['counts']}")
    facts = {
        "rows": f"{bulk['rows']:,.0f} ({bulk['rejected']:.0f} rejected)",
        "seconds": f"{bulk['seconds']:.1f}, ordinary {ordinary['seconds']:.1f}",
        "processor seconds": f"ours {bulk['cpu_s']:.1f}, server {bulk['server_cpu_s']:.1f}; "
        f"ordinary {ordinary['cpu_s']:.1f}, server {ordinary['server_cpu_s']:.1f}",
        "peak memory": f"{bulk['peak_rss_mib']:.0f} MiB, ordinary {ordinary['peak_rss_mib']:.0f} MiB",
    }
    rate = bulk["rows"] / bulk["seconds"]
    yield Result(name, engine, rate, ordinary["rows"] / ordinary["seconds"], facts)
    if floor is not None:
        seconds, server_cpu_s = floor
        facts = {
            "seconds": f"{bulk['seconds']:.1f}, floor {seconds:.1f}",
            "server": f"{server_cpu_s:.1f} s of processor",
        }
        yield Result(f"{name}_floor", engine, rate, bulk["rows"] / seconds, facts)


def _measure(engine: Engine, folder: Path, persons: int, *options: str) -> dict[str, Any]:
    with TemporaryDirectory() as directory, graph_server(engine, Path(directory)) as settings:
        _run_child(settings, folder / str(_WARM_UP_PERSONS), *options)
        anyio.run(_empty, settings)
        before_s = _server_cpu_s()
        measured = _run_child(settings, folder / str(persons), *options)
        measured["server_cpu_s"] = _server_cpu_s() - before_s
        measured["counts"] = anyio.run(_count, settings)
    return measured


def _measure_floor(engine: Engine, folder: Path, persons: int) -> tuple[float, float]:
    """Seconds, and the server's seconds of processor."""
    warm_up, portions = prepare_files(folder / str(_WARM_UP_PERSONS)), prepare_files(folder / str(persons))
    with TemporaryDirectory() as directory, graph_server(engine, Path(directory)) as settings:
        anyio.run(_create, settings, warm_up)
        anyio.run(_empty, settings)
        before_s = _server_cpu_s()
        return anyio.run(_create, settings, portions), _server_cpu_s() - before_s


async def _create(settings: Settings, portions: Portions) -> float:
    async with Graph.open(settings) as graph:
        await migrate(graph)
        return await create_all(graph, portions)


def _run_child(settings: Settings, folder: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.importing", str(folder), *options]
    done = subprocess.run(command, env=environ_for(settings), check=True, capture_output=True)
    return dict(json.loads(done.stdout))


def _server_cpu_s() -> float:
    """Of everything that was started here and still runs, which are the servers."""
    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(one.user + one.system for one in times)


async def _empty(settings: Settings) -> None:
    async with Graph.open(settings) as graph:
        await empty(graph)


async def _count(settings: Settings) -> str:
    async with Graph.open(settings) as graph:
        return str(await fetch_counts(graph))
