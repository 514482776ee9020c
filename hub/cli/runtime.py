"""What commands share: the open graph, and this installation's way of identifying people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from graph.database import Graph
from graph.migrations import check_migrated
from hub.core.settings import Settings, load_settings
from hub.services.check_installation import check_installation
from hub.services.identity import Identity
from hub.services.programme.versions import load_programme
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Runtime:
    """An open hub, for the time of one command."""

    settings: Settings
    graph: Graph
    identity: Identity

    async def load_programme(self, name: str) -> Programme:
        """The version of a programme that is in force; raises as `hub.services.programme.versions.load_programme`."""
        return await load_programme(self.graph, name, ZoneInfo(self.settings.timezone))


@asynccontextmanager
async def open_graph() -> AsyncIterator[Graph]:
    """The graph without what is in force: documents that cannot be read any more have to be shown and replaced."""
    async with Graph.open(load_settings()) as graph:
        await check_migrated(graph)
        yield graph


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
