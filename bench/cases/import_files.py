"""Importing a million rows of exports, beside writing the graph that comes of them from memory.

A row is a customer's or an order line's, as it stands in the files. Each side has a fresh server, on which it has first
done the same with half as much of other data: until then a JVM spends as much time on compiling its own code as on
work. The import runs in a process of its own (which starts another that reads), and their peak memory is told.
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

from bench.children import environ_for
from bench.plain_merge import Rows, merge_graph, read_graph
from bench.report import Result
from graph.database import Graph
from graph.migrations import migrate
from hub.core.settings import Settings
from hub.demo.generate import generate
from tests.support.contents import empty
from tests.support.servers import Engine, graph_server

PERSONS: Final = int(os.environ.get("BENCH_PERSONS", "2500"))
_WARM_UP: Final = "warm-up"
_MEASURED: Final = "measured"


def run(engine: Engine) -> Iterator[Result]:
    """Rows a second of `hub import` against the plain MERGE's."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / _WARM_UP, persons=max(PERSONS // 2, 1), seed=2)
        generate(folder / _MEASURED, persons=PERSONS, seed=1)
        with graph_server(engine, folder / "ours") as settings:
            _run_child(settings, folder / _WARM_UP)
            warm_up = anyio.run(_take, settings)
            measured = _run_child(settings, folder / _MEASURED)
            content = anyio.run(_take, settings)
        with graph_server(engine, folder / "reference") as settings:
            reference_s = anyio.run(_merge, settings, warm_up, content)
    rows = measured["rows"]
    facts = {
        "rows": f"{rows:,.0f} ({measured['rejected']:.0f} rejected)",
        "nodes and relationships": f"{sum(map(len, content)):,}",
        "seconds": f"{measured['seconds']:.1f}, plain MERGE {reference_s:.1f}",
        "peak memory": f"{measured['peak_rss_mib']:.0f} MiB, the two processes' peaks added up",
        "costliest statements": measured["statements"],
    }
    yield Result("import_files", engine, rows / measured["seconds"], rows / reference_s, facts)


def _run_child(settings: Settings, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.importing", str(folder)]
    done = subprocess.run(command, env=environ_for(settings), check=True, capture_output=True)
    return dict(json.loads(done.stdout))


async def _take(settings: Settings) -> list[Rows]:
    """All that is in the graph, which is empty then."""
    async with Graph.open(settings.model_copy(update={"graph_read_timeout_s": 600})) as graph:
        content = await read_graph(graph)
        await empty(graph)
        return content


async def _merge(settings: Settings, warm_up: list[Rows], content: list[Rows]) -> float:
    async with Graph.open(settings) as graph:
        await migrate(graph)
        await merge_graph(graph, warm_up)
        await empty(graph)
        return await merge_graph(graph, content)
