"""Importing a million rows of exports, beside writing the graph that comes of them from memory.

A row is a customer's or an order line's, as it stands in the files. Both go to a fresh server, warmed up with other
data of the same kind; the import runs in a process of its own (which starts another that reads), and their peak memory
is told.
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
_WARM_UP_PERSONS: Final = 60


def run(engine: Engine) -> Iterator[Result]:
    """Rows a second of `hub import` against the plain MERGE's."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for persons in (_WARM_UP_PERSONS, PERSONS):
            generate(folder / str(persons), persons=persons, seed=1)
        with graph_server(engine, folder / "ours") as settings:
            measured = _import(settings, folder)
            content = anyio.run(_read, settings)
        with graph_server(engine, folder / "reference") as settings:
            reference_s = anyio.run(_merge, settings, content)
    rows = measured["rows"]
    facts = {
        "rows": f"{rows:,.0f} ({measured['rejected']:.0f} rejected)",
        "nodes and relationships": f"{sum(map(len, content)):,}",
        "seconds": f"{measured['seconds']:.1f}, plain MERGE {reference_s:.1f}",
        "peak memory": f"{measured['peak_rss_mib']:.0f} MiB, the two processes' peaks added up",
        "costliest statements": measured["statements"],
    }
    yield Result("import_files", engine, rows / measured["seconds"], rows / reference_s, facts)


def _import(settings: Settings, folder: Path) -> dict[str, Any]:
    _run_child(settings, folder / str(_WARM_UP_PERSONS))
    anyio.run(_empty, settings)
    return _run_child(settings, folder / str(PERSONS))


def _run_child(settings: Settings, folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.importing", str(folder)]
    done = subprocess.run(command, env=environ_for(settings), check=True, capture_output=True)
    return dict(json.loads(done.stdout))


async def _empty(settings: Settings) -> None:
    async with Graph.open(settings) as graph:
        await empty(graph)


async def _read(settings: Settings) -> list[Rows]:
    async with Graph.open(settings.model_copy(update={"graph_read_timeout_s": 600})) as graph:
        return await read_graph(graph)


async def _merge(settings: Settings, content: list[Rows]) -> float:
    async with Graph.open(settings) as graph:
        await migrate(graph)
        await merge_graph(graph, [rows[:2000] for rows in content])
        await empty(graph)
        return await merge_graph(graph, content)
