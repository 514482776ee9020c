"""Who had which tier when: for those who work through many orders of the same people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from graph.database import Graph
from hub.core.clock import now_ms
from hub.services.membership.facts import fetch_members
from hub.services.programme.dry_run import Standing, StandingOf
from rules.programme import Programme
from rules.tiers import History

_FRESH_MS: Final = 60_000
_MOST_KEPT: Final = 20_000


class _Known(NamedTuple):
    history: History
    joined_ms: int
    read_ms: int


class TiersHeld:
    """Members' tiers at any instant, by their persons' ids; what was read is used for a minute.

    Of an order counts the tier just before it: one that lifts a member earns by the tier with which they came.
    """

    def __init__(self, graph: Graph, programme: Programme) -> None:
        self._graph = graph
        self._programme = programme
        self._known: dict[str, _Known] = {}

    async def find(self, persons: Sequence[str]) -> StandingOf:
        """Make ready the standings of these persons, by two statements at most."""
        at_ms = now_ms()
        if missing := [one for one in persons if not self._is_fresh(one, at_ms)]:
            if len(self._known) + len(missing) > _MOST_KEPT:
                self._known = {one: self._known[one] for one in persons if one in self._known}
            for member in await fetch_members(self._graph, self._programme, missing):
                history = member.walk(self._programme, at_ms)
                self._known[member.person] = _Known(history, member.begins_ms, at_ms)
        return self._stand

    def _is_fresh(self, person: str, at_ms: int) -> bool:
        known = self._known.get(person)
        return known is not None and at_ms - known.read_ms < _FRESH_MS

    def _stand(self, person: str, at_ms: int) -> Standing:
        known = self._known.get(person)
        if known is None:
            return Standing()
        return Standing(known.history.tier_at(at_ms - 1), known.joined_ms)
