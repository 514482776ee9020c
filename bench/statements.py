"""How often statements ran and how long they took, told by the door to the graph."""

from __future__ import annotations

from collections import defaultdict


class Timings:
    """An observer for `Graph.open`: seconds and runs by statement."""

    def __init__(self) -> None:
        self._runs: defaultdict[str, list[float]] = defaultdict(list)

    def note(self, name: str, seconds: float) -> None:
        """Add one run."""
        self._runs[name].append(seconds)

    def clear(self) -> None:
        """Forget all runs."""
        self._runs.clear()

    @property
    def seconds(self) -> float:
        """Of all statements together."""
        return sum(map(sum, self._runs.values()))

    def describe(self, count: int) -> str:
        """The costliest statements, with their seconds and runs."""
        costly = sorted(self._runs.items(), key=lambda item: -sum(item[1]))
        return ", ".join(f"{name} {sum(runs):.2f} s ({len(runs)})" for name, runs in costly[:count])
