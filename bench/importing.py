"""The process that a benchmark measures: imports generated exports and prints what it cost, as JSON."""

from __future__ import annotations

import argparse
import json
import resource
from pathlib import Path
from time import perf_counter
from typing import Final

import anyio
import psutil

from bench.statements import Timings
from graph.database import Graph
from graph.migrations import migrate
from hub.core.logs import configure_logging
from hub.core.settings import Settings, load_settings
from hub.demo.load import load
from hub.demo.manifest import read_manifest
from hub.services.identity import Identity
from hub.services.import_file import Progress

_COSTLIEST: Final = 6


def main() -> None:
    """Import a folder into the graph that the settings name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bulk", action="store_true")
    settings = load_settings()
    configure_logging(settings)
    chosen = parser.parse_args()
    print(json.dumps(anyio.run(_measure, settings, chosen.folder, chosen.bulk)))


async def _measure(settings: Settings, folder: Path, bulk: bool) -> dict[str, float | str]:
    timings = Timings()
    async with Graph.open(settings, observe=timings.note) as graph:
        await migrate(graph)
        identity = await Identity.load(graph, settings)
        started, cpu_s = perf_counter(), _cpu_s()
        summaries = await load(
            graph,
            identity,
            read_manifest(folder),
            folder,
            timezone=settings.timezone,
            begin=_begin,
            bulk=bulk,
        )
        seconds, cpu_s = perf_counter() - started, _cpu_s() - cpu_s
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + sum(map(_peak_kib, psutil.Process().children()))
    return {
        "seconds": seconds,
        "cpu_s": cpu_s,
        "rows": sum(summary.rows for summary in summaries),
        "rejected": sum(summary.rejected for summary in summaries),
        "peak_rss_mib": peak_kib / 1024,
        "statements": timings.describe(_COSTLIEST),
    }


def _cpu_s() -> float:
    """Of this process and of those that it started."""
    times = [process.cpu_times() for process in (psutil.Process(), *psutil.Process().children())]
    return sum(one.user + one.system for one in times)


def _peak_kib(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0])


def _begin(_label: str) -> Progress:
    return _ignore


def _ignore(_done: int, _total: int) -> None:
    return None


if __name__ == "__main__":
    main()
