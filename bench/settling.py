"""The process that settles a large component while a benchmark measures others' events: prints what it did, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from time import perf_counter

import anyio

from graph.database import Graph
from hub.core.logs import configure_logging
from hub.core.settings import Settings, load_settings
from hub.services.policy import load_policy
from hub.services.settle_large import settle_waiting


def main() -> None:
    """Settle all that waits in the graph that the settings name."""
    settings = load_settings()
    configure_logging(settings)
    print(json.dumps(anyio.run(_settle, settings)))


async def _settle(settings: Settings) -> dict[str, float]:
    async with Graph.open(settings) as graph:
        started = perf_counter()
        done = await settle_waiting(graph, await load_policy(graph))
        return {**asdict(done), "seconds": perf_counter() - started}


if __name__ == "__main__":
    main()
