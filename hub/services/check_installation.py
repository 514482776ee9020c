"""Do this code, these settings and this graph belong together? Asked by every process before it works."""

from __future__ import annotations

from typing import Final

from graph.database import Graph
from graph.installation import remember_fingerprint
from graph.migrations import check_migrated
from hub.core.errors import Conflict, InvalidSettings
from hub.services.identity import Identity

UNFINISHED: Final = (
    "The rotation of this graph's identity key is not finished, so half of its people would not be recognised: "
    "run `hub keys rotate` until it ends, then start again."
)


async def check_installation(graph: Graph, identity: Identity) -> None:
    """Refuse a graph that another version or another key has filled.

    Raises:
        Conflict: the graph lacks migrations, or is ahead of this code, or its key is being rotated.
        InvalidSettings: its identifiers were stored with another key: nobody would be recognised any more.
    """
    await check_migrated(graph)
    found = await remember_fingerprint(graph, identity.fingerprint)
    if found.rotating_to is not None:
        raise Conflict(UNFINISHED)
    if found.fingerprint != identity.fingerprint:
        raise InvalidSettings(
            "HUB_IDENTITY_KEY is not the key that this graph's identifiers are stored with, so nobody in it would be "
            "recognised. Set the key that was used before, or use an empty graph."
        )
