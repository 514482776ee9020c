"""Do this code, these settings and this graph belong together? Asked before any work, and on the way."""

from __future__ import annotations

from typing import Final

from graph.database import Graph
from graph.installation import Erasures, Installation, fetch_installation, remember_fingerprint
from graph.migrations import check_migrated
from graph.reading import Reader
from hub.core.errors import Conflict, InvalidSettings, Unavailable
from hub.services.identity import Identity

UNFINISHED: Final = (
    "The rotation of this graph's identity key is not finished, so half of its people would not be recognised: "
    "run `hub keys rotate` until it ends, then start again."
)
_RESTART_S: Final = 30.0


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


async def check_key(reader: Reader, identity: Identity) -> Erasures:
    """What the graph says of its erasures, if its identity key still is the one that this process started with.

    Raises:
        Unavailable: the key was or is being replaced. Everybody would be unknown to this process; another one, or this
            one started anew, can answer.
    """
    return judge_key(await fetch_installation(reader), identity)


def judge_key(found: Installation, identity: Identity) -> Erasures:
    """As `check_key`, of what the graph says."""
    if found.rotating_to is not None or found.fingerprint not in (None, identity.fingerprint):
        raise Unavailable(
            "The graph's identity key was replaced while this process ran, so it recognises nobody any more: its "
            "operator has to restart it with the new key.",
            retry_after_s=_RESTART_S,
        )
    return found.erasures
