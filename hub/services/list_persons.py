"""Persons by what they have in common: one condition is read off an index in its order, the others are looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from graph.database import Graph
from graph.person_places import (
    ENROLMENTS,
    RECORDS,
    Candidate,
    Index,
    Span,
    fetch_backward,
    fetch_onward,
    place_enrolment,
    span_of_system,
)
from hub.core.errors import InvalidInput
from hub.core.ledger import FOREVER_MS
from hub.core.model import System

ROUNDS: Final = 10
"""A page looks at so many times the persons that it may hold, and is shorter where fewer of them are meant."""


Narrow: TypeAlias = Callable[[Sequence[str]], Awaitable[Collection[str]]]


class Joined(NamedTuple):
    """Those who joined a programme from an instant on, and before another."""

    programme: str
    from_ms: int = 0
    to_ms: int = FOREVER_MS

    @property
    def span(self) -> Span:
        """The places of their enrolments."""
        return Span(place_enrolment(self.programme, self.from_ms), place_enrolment(self.programme, self.to_ms))


@dataclass(frozen=True, slots=True)
class Conditions:
    """What persons have in common: all that is said; empty or None where nothing is.

    Attributes:
        system: a record in it.
        joined: that they joined a programme, and when.
        store: an order there.
    """

    system: str = ""
    joined: Joined | None = None
    store: str = ""

    @property
    def index(self) -> Index:
        """What they are read off in order."""
        return RECORDS if self.joined is None else ENROLMENTS

    @property
    def span(self) -> Span:
        """Where they stand in it; raises InvalidInput where nothing said is in an index."""
        if self.joined is not None:
            return self.joined.span
        if not self.system:
            raise InvalidInput("Say `system` or `joined`: what else is said narrows the list of one of these.")
        return span_of_system(System(self.system).key)

    def meets(self, one: Candidate) -> bool:
        """Whether a candidate is meant, and stands at the first of their places."""
        system = span_of_system(self.system) if self.system else None
        if (self.store and not one.bought) or (system and not any(map(system.holds, one.records))):
            return False
        places = one.records if self.joined is None else one.enrolments
        return one.place == min(filter(self.span.holds, places))


class Listed(NamedTuple):
    """A page.

    Attributes:
        persons: (place, id) in the order of the list.
        stopped: the place up to which was looked, where that was far enough before the page was full.
    """

    persons: Sequence[tuple[str, str]]
    stopped: str | None


async def list_persons(
    graph: Graph, conditions: Conditions, *, start: str | None, limit: int, backward: bool, narrow: Narrow | None = None
) -> Listed:
    """Up to `limit` persons behind a place, or before it where they are read `backward`.

    Args:
        narrow: gives those of some persons who are meant by whatever else is said.

    Raises:
        InvalidInput: the place is none of this list's, or no condition is in an index.
    """
    whole = span = conditions.span
    if start is not None:
        if not span.holds(start):
            raise InvalidInput("This cursor is one of another list: pass one of the same conditions, unchanged.")
        span = _beyond(whole, start, backward=backward)
    found: list[tuple[str, str]] = []
    for _ in range(ROUNDS):
        fetch = fetch_backward if backward else fetch_onward
        candidates, more = await fetch(graph, conditions.index, span, conditions.store, limit)
        met = [(one.place, one.person) for one in candidates if conditions.meets(one)]
        if narrow is not None and met:
            meant = await narrow([person for _, person in met])
            met = [one for one in met if one[1] in meant]
        found += met
        if not (more and candidates) or len(found) >= limit:
            return _page(found[:limit], None, backward=backward)
        start = candidates[-1].place
        span = _beyond(whole, start, backward=backward)
    return _page(found, start, backward=backward)


def _beyond(whole: Span, place: str, *, backward: bool) -> Span:
    return Span(whole.start, place) if backward else Span(place, whole.end)


def _page(found: list[tuple[str, str]], stopped: str | None, *, backward: bool) -> Listed:
    return Listed(found[::-1] if backward else found, stopped)
