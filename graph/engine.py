"""Where the engines differ. Nothing else asks which one it talks to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Engine:
    """How one kind of server wants to be used.

    Attributes:
        initial_retry_delay_s: the pause before a transaction's second attempt; the driver doubles it with jitter.
        waits: whether a writer waits for another one's lock, instead of being refused at its commit.
        sees_neighbours: whether a transaction reads what others have committed meanwhile wherever it has not written
            itself. Otherwise it reads a page that it has written as it was then, the nodes beside its own included.
        max_retry_s: how long the driver goes on repeating a transaction that met a transient error.
    """

    name: str
    waits: bool
    sees_neighbours: bool
    initial_retry_delay_s: float
    max_retry_s: float


NEO4J = Engine("neo4j", waits=True, sees_neighbours=True, initial_retry_delay_s=0.05, max_retry_s=30)
# ArcadeDB finds conflicts at commit and a page at a time, so that unrelated writers may collide:
# many quick attempts instead of Neo4j's waiting on a lock.
ARCADEDB = Engine("arcadedb", waits=False, sees_neighbours=False, initial_retry_delay_s=0.01, max_retry_s=60)


def recognise(agent: str) -> Engine:
    """The engine behind a Bolt server's agent text, such as `Neo4j/5.26.25`."""
    return ARCADEDB if "ArcadeDB" in agent else NEO4J
