"""Events: what is told of changes, and how marks of the outbox become them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Literal, NamedTuple

import orjson

from graph.changes import StoredMark
from hub.core.errors import InvalidInput

Kind = Literal["person", "balance", "case", "beginning", "unreadable"]
"""`beginning`: of the stream; nobody wants it. `unreadable`: it may be about anything."""

_ID: Final = re.compile(r"(\d{1,19})-(\d{1,19})", re.ASCII)


class Place(NamedTuple):
    """Where an event stands in the stream; later ones are greater."""

    at_ms: int
    number: int

    def __str__(self) -> str:
        return f"{self.at_ms}-{self.number}"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that changed.

    Attributes:
        subject: a case's id, or the id of the person as it was when this was told.
        ids: all ids by which the person was named.
        programmes: whose balances are meant; None for all.
        at_ms: when the latest of the changes was being written.
        place: in the stream; None before it is there.
    """

    kind: Kind
    subject: str
    ids: frozenset[str]
    programmes: frozenset[str] | None
    at_ms: int
    place: Place | None = field(default=None, compare=False)


class Telling(NamedTuple):
    """An event with the keys of the marks that it tells of."""

    event: Event
    marks: tuple[str, ...]


def gather(marks: Iterable[StoredMark]) -> list[Telling]:
    """The events that tell of marks, one for each thing that changed, in the order in which they changed first."""
    gathered: dict[tuple[Kind, str], Telling] = {}
    for one in marks:
        for kind in _kinds_of(one):
            subject = one.person or one.mark.id
            programmes = frozenset([one.mark.programme]) if one.mark.programme else None
            event = Event(kind, subject, frozenset([one.mark.id]), programmes, one.at_ms)
            known = gathered.get((kind, subject))
            keys = (f"{one.key}:{kind}:{one.mark.id}",)
            gathered[kind, subject] = (
                Telling(event, keys) if known is None else Telling(_join(known.event, event), known.marks + keys)
            )
    return list(gathered.values())


def _kinds_of(one: StoredMark) -> tuple[Kind, ...]:
    if one.mark.kind == "moved":
        return ("person", "balance")
    return (one.mark.kind,)


def _join(first: Event, second: Event) -> Event:
    programmes = None
    if first.programmes is not None and second.programmes is not None:
        programmes = first.programmes | second.programmes
    return replace(first, ids=first.ids | second.ids, programmes=programmes, at_ms=max(first.at_ms, second.at_ms))


def encode_event(event: Event) -> str:
    """The text of an event in the stream."""
    programmes = None if event.programmes is None else sorted(event.programmes)
    return orjson.dumps([event.kind, event.subject, sorted(event.ids), programmes, event.at_ms]).decode()


def decode_event(place: Place, text: bytes) -> Event:
    """What `encode_event` has written."""
    kind, subject, ids, programmes, at_ms = orjson.loads(text)
    return Event(kind, subject, frozenset(ids), None if programmes is None else frozenset(programmes), at_ms, place)


def read_place(text: str) -> Place:
    """The place that an event's id names; raises InvalidInput for what is no such id."""
    found = _ID.fullmatch(text)
    if found is None:
        raise InvalidInput("`after` is the id of an event as you were given it, such as 1764331200000-0.")
    return Place(int(found[1]), int(found[2]))


Wants = Callable[[Event], bool]
"""Whether somebody wants to be told of an event."""


@dataclass(slots=True)
class Wanted:
    """Events of a kind: of those who are named alone, where any are, and of what a grant reaches.

    Attributes:
        ids: of persons or cases; None for all. Whoever a person of these was merged into is followed from then on.
        programmes: of balances; None for all.
    """

    kind: Kind
    ids: set[str] | None = None
    programmes: frozenset[str] | None = None

    def __call__(self, event: Event) -> bool:
        if event.kind != self.kind or not self._reaches(event):
            return False
        if self.ids is None:
            return True
        if event.subject not in self.ids and self.ids.isdisjoint(event.ids):
            return False
        self.ids.add(event.subject)
        return True

    def _reaches(self, event: Event) -> bool:
        if self.programmes is None or event.programmes is None:
            return True
        return not self.programmes.isdisjoint(event.programmes)
