"""Up to when the hub knows what each system says, added up over its imports when it is asked for.

What an import has come to stands on its own node, which only that import writes: no two of them wait for each other.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from graph.database import Graph
from graph.reading import read_list
from graph.statement import Statement

_FETCH: Final = Statement(
    "sources.fetch",
    "read",
    """
    MATCH (i:Import)
    WITH i.system AS system, max(i.watermark_ms) AS watermark_ms, max(i.received_ms) AS received_ms
    RETURN collect([system, watermark_ms, received_ms])
    """,
)


class Source(NamedTuple):
    """A system of which something was imported, or was begun to be.

    Attributes:
        watermark_ms: the newest instant that any of its files spoke of that are stored as a whole; None before that.
        received_ms: when the hub stored something of it last; None while it did not.
    """

    system: str
    watermark_ms: int | None
    received_ms: int | None


async def fetch_sources(graph: Graph) -> list[Source]:
    """All systems, by name."""
    return sorted(map(Source._make, await read_list(graph, _FETCH)))
