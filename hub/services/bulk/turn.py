"""One writer at a time at what portions have in common, where the graph would let all go on and refuse all but one."""

from __future__ import annotations

from asyncio import Lock
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    """A lock that a transaction's function takes in its middle, and that is held until the transaction has ended.

    Repeats keep it. Without a lock nobody waits.
    """

    def __init__(self, lock: Lock | None) -> None:
        self._lock = lock
        self._held = False

    async def take(self) -> None:
        """Wait until nobody else holds it; at once for who holds it already."""
        if self._lock is not None and not self._held:
            await self._lock.acquire()
            self._held = True

    def give_back(self) -> None:
        """Let the next one go on, if this one was taken."""
        if self._lock is not None and self._held:
            self._lock.release()
            self._held = False


@contextmanager
def turn_of(lock: Lock | None) -> Iterator[Turn]:
    """A turn that is given back with the end of the block."""
    turn = Turn(lock)
    try:
        yield turn
    finally:
        turn.give_back()
