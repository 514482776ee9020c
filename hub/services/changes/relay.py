"""The relay: marks out of the graph's outbox into the stream.

First they are told and then forgotten. Whoever is cut off in between tells them again, and the stream, which knows
them by their keys, takes them once. So several may do it at once.
"""

from __future__ import annotations

from typing import Final

from graph import changes
from graph.database import Graph
from hub.services.changes.events import gather
from hub.services.changes.stream import EventStream

MOST: Final = 50
"""Keys whose marks are told at once."""


async def relay_changes(graph: Graph, stream: EventStream) -> int:
    """Tell of the marks that wait longest; gives how many keys they had. Raises Unavailable: then nothing is lost."""
    marks = await changes.fetch(graph, limit=MOST)
    keys = {one.key for one in marks}
    if marks:
        await stream.append(gather(marks))
        await graph.write(changes.forget, keys)
    return len(keys)
