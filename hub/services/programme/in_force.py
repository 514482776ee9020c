"""All programmes in force, for those who answer about any of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from graph.database import Graph
from hub.services.ledger.programmes import Programmes
from hub.services.programme.shipped import DEFAULT_NAME
from hub.services.programme.versions import SHIPPED, fetch_programmes, load_programme
from rules.programme import Programme


async def load_programmes(graph: Graph, zone: ZoneInfo, known: Programmes | None = None) -> Programmes:
    """Every programme by its version in force, `main` first; of those that are `known` only newer versions are read.

    Raises:
        InvariantBroken: as `load_programme`.
    """
    held = {programme.name: programme for programme in known or ()}
    found: list[Programme] = []
    versions = await fetch_programmes(graph)
    for name in sorted(versions, key=lambda name: (name != DEFAULT_NAME, name)):
        version = versions[name]
        number = SHIPPED if version is None else version.number
        kept = held.get(name)
        found.append(kept if kept and kept.version == number else await load_programme(graph, name, zone))
    if known is not None and found == list(known):
        return known
    return Programmes(found)
