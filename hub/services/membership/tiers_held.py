"""Who had which tier when: for those who work through many orders of the same people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    """What was read of a person; `history` is None of those who are nobody's any more."""

    history: History | None
    joined_ms: int | None
    read_ms: int


class TiersHeld:
    """Members' tiers at any instant, by their persons' ids; what was read is used for a minute.

    Of an order counts the tier just before it: one that lifts a member earns by the tier with which they came.
    """

    def __init__(
        self, graph: Graph, programme: Programme, *, clock: Callable[[], int] = now_ms, most_kept: int = _MOST_KEPT
    ) -> None:
        self._graph = graph
        self._programme = programme
        self._clock = clock
        self._most_kept = most_kept
        self._known: dict[str, _Known] = {}

    async def find(self, persons: Sequence[str]) -> StandingOf:
        """The standings of these persons and no others, read by two statements at most.

        They hold whatever is asked meanwhile by somebody else, who may need the room.
        """
        at_ms = self._clock()
        found = {one: self._known[one] for one in persons if self._is_fresh(one, at_ms)}
        if missing := [one for one in persons if one not in found]:
            read = await self._read(missing, at_ms)
            found |= read
            if len(self._known) + len(read) > self._most_kept:
                self._known = {}
            self._known |= read
        return lambda person, then_ms: _stand(found, person, then_ms)

    async def _read(self, persons: Sequence[str], at_ms: int) -> dict[str, _Known]:
        read = dict.fromkeys(persons, _Known(None, None, at_ms))
        for member in await fetch_members(self._graph, self._programme, persons):
            read[member.person] = _Known(member.walk(self._programme, at_ms), member.begins_ms, at_ms)
        return read

    def _is_fresh(self, person: str, at_ms: int) -> bool:
        known = self._known.get(person)
        return known is not None and at_ms - known.read_ms < _FRESH_MS


def _stand(found: Mapping[str, _Known], person: str, at_ms: int) -> Standing:
    history, joined_ms, _ = found[person]
    return Standing(None if history is None else history.tier_at(at_ms - 1), joined_ms)
