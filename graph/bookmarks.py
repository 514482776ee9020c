"""What a graph that is read has to know of already: bookmarks, as the driver gives them for what was written and read.

On Neo4j a read that carries one waits until the server, be it a replica, has come as far. ArcadeDB's say when something
was committed, and it takes any and waits for none: its one server answers by all that was committed before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from neo4j.exceptions import Neo4jError

from hub.core.errors import Unavailable, WriteTokenInvalid

WAIT_S: Final = 5
"""How long the graph is waited for to come as far as a bookmark."""
_MOST_REMEMBERED: Final = 10_000
_INVALID: Final = "Neo.ClientError.Transaction.InvalidBookmark"


class Seen:
    """The latest bookmarks that a process need not wait for: its reads carry them, or later ones."""

    def __init__(self) -> None:
        self._remembered: dict[str, None] = {}

    def add(self, bookmarks: Iterable[str]) -> None:
        """Remember bookmarks."""
        for one in bookmarks:
            self._remembered.pop(one, None)
            self._remembered[one] = None
        while len(self._remembered) > _MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]

    def covers(self, bookmarks: Iterable[str]) -> bool:
        """Whether all of them are known to have been seen."""
        return all(one in self._remembered for one in bookmarks)


def refuse(error: Neo4jError) -> WriteTokenInvalid | None:
    """What to say where a graph does not take a bookmark for one of its own; None for any other failure."""
    if (error.code or "").startswith(_INVALID):
        return WriteTokenInvalid("This write token is of another graph than the one that answers: ask without it.")
    return None


def too_late() -> Unavailable:
    """What to say where the graph has not come as far in time."""
    return Unavailable(
        f"The write that this token stands for has not arrived here within {WAIT_S} seconds. Try again shortly.",
        retry_after_s=2,
    )
