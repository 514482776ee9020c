"""A difference between two documents, for people to read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `key` is the place in the document; None: absent there. A set has what it lost and gained."""

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.key}: added {self.after}"
        if self.after is None:
            return f"{self.key}: removed {self.before}"
        return f"{self.key}: {self.before} -> {self.after}"
