"""What commands share: the open graph, and this installation's way of identifying people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from graph.database import Graph
from hub.core.settings import Settings, load_settings
from hub.services.check_installation import check_installation
from hub.services.identity import Identity


@dataclass(frozen=True, slots=True)
class Runtime:
    """An open hub, for the time of one command."""

    settings: Settings
    graph: Graph
    identity: Identity


@asynccontextmanager
async def open_runtime() -> AsyncIterator[Runtime]:
    """Read the settings and open the graph.

    Raises:
        InvalidSettings: a setting is wrong or missing, or the graph was filled with another key.
        Unavailable: the graph does not answer.
        Conflict: the graph lacks migrations, or is ahead of this code.
    """
    settings = load_settings()
    settings.require_graph_uri()  # before the key: where nothing runs, that is the thing to say
    settings.require_identity_key()
    async with Graph.open(settings) as graph:
        identity = await Identity.load(graph, settings)
        await check_installation(graph, identity)
        yield Runtime(settings, graph, identity)
