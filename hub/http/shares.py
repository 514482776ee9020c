"""How much of what a process has one client may hold, so that something is left for others."""

from __future__ import annotations

from collections import Counter


class Shares:
    """Counts what each client holds: `most` at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = Counter[str]()

    def take(self, client: str) -> bool:
        """Whether the client holds one more now; False where it has as many as it may."""
        if self._held.get(client, 0) >= self._most:
            return False
        self._held[client] += 1
        return True

    def give_back(self, client: str) -> None:
        """One less; a client that holds nothing is forgotten."""
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]

    def move(self, former: str, client: str) -> bool:
        """Count for `client` what counted for another; False, and all as it was, where it has as many as it may."""
        if client == former:
            return True
        taken = self.take(client)
        if taken:
            self.give_back(former)
        return taken
