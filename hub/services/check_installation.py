"""Do this code, these settings and this graph belong together? Asked by every process before it works."""

from __future__ import annotations

from graph.database import Graph
from graph.installation import remember_fingerprint
from graph.migrations import check_migrated
from hub.core.errors import InvalidSettings
from hub.services.identity import Identity


async def check_installation(graph: Graph, identity: Identity) -> None:
    """Refuse a graph that another version or another key has filled.

    Raises:
        Conflict: the graph lacks migrations, or is ahead of this code.
        InvalidSettings: its identifiers were stored with another key: nobody would be recognised any more.
    """
    await check_migrated(graph)
    if await remember_fingerprint(graph, identity.fingerprint) != identity.fingerprint:
        raise InvalidSettings(
            "HUB_IDENTITY_KEY is not the key that this graph's identifiers are stored with, so nobody in it would be "
            "recognised. Set the key that was used before, or use an empty graph."
        )
