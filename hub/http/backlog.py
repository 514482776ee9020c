"""How much is still to be told of changes: a worker that does not run is seen here first."""

from __future__ import annotations

import asyncio
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from graph import changes
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.errors import HubError

_LOOK_EVERY_S: Final = 10.0


class Backlog:
    """The outbox of changes as Prometheus reads it, at most seconds late."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._waiting = Gauge("memberhub_changes_waiting", "Changes that are still to be told.", registry=registry)
        self._age = Gauge(
            "memberhub_changes_waiting_seconds", "How long the first of them has waited.", registry=registry
        )

    async def watch(self, graph: Graph) -> None:
        """Look until cancelled; while the graph does not answer, what was seen last stays."""
        while True:
            try:
                found = await changes.count(graph)
                self._waiting.set(found.waiting)
                self._age.set(0 if found.since_ms is None else max(0, now_ms() - found.since_ms) / 1000)
            except HubError:
                pass  # requests tell
            await asyncio.sleep(_LOOK_EVERY_S)
