"""Marks become events, one for each thing, and subscribers get those that they want."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ulid import ULID

from graph.changes import Mark, StoredMark
from hub.core.errors import InvalidInput
from hub.services.changes.events import Event, Place, Wanted, decode_event, encode_event, gather, read_place

PLACE = Place(5, 0)
names = st.text(min_size=1, max_size=5)
events = st.builds(
    Event,
    st.sampled_from(["person", "balance", "case"]),
    names,
    st.frozensets(names),
    st.none() | st.frozensets(names, min_size=1),
    st.integers(0, 2**45),
    st.just(PLACE),
)


def stored(mark: Mark, person: str | None, at_ms: int) -> StoredMark:
    return StoredMark(str(ULID.from_timestamp(at_ms / 1000)), mark, person)


def told_of(kind: str, subject: str, *ids: str, programmes: frozenset[str] | None = None) -> Event:
    return Event(kind, subject, frozenset(ids), programmes, 0, PLACE)  # type: ignore[arg-type]


@given(events)
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    assert decode_event(PLACE, encode_event(event).encode()) == event


def test_marks_of_one_thing_are_one_event() -> None:
    marks = [
        stored(Mark("person", "a"), "p", 1000),
        stored(Mark("person", "b"), "p", 2000),
        stored(Mark("person", "c"), None, 3000),
    ]

    told = gather(marks)

    assert [(one.event.subject, one.event.ids, one.event.at_ms) for one in told] == [
        ("p", frozenset("ab"), 2000),
        ("c", frozenset("c"), 3000),
    ]
    assert [len(one.marks) for one in told] == [2, 1]


def test_a_record_that_moved_changes_a_person_and_all_that_they_hold() -> None:
    marks = [stored(Mark("balance", "a", "main"), "p", 1000), stored(Mark("moved", "a"), "p", 1000)]

    told = [one.event for one in gather(marks)]

    assert [(one.kind, one.programmes) for one in told] == [("balance", None), ("person", None)]


def test_balances_of_several_programmes_are_one_event() -> None:
    marks = [stored(Mark("balance", "a", name), "p", 1000) for name in ("main", "tea")]

    [telling] = gather(marks)

    assert telling.event.programmes == frozenset(["main", "tea"])


def test_whoever_follows_a_person_follows_whom_they_were_merged_into() -> None:
    wanted = Wanted("person", {"b"})

    assert not wanted(told_of("person", "a", "a"))
    assert wanted(told_of("person", "a", "a", "b"))
    assert wanted(told_of("person", "a", "a"))
    assert not wanted(told_of("balance", "a", "a"))


@pytest.mark.parametrize(
    ("reached", "programmes", "told"),
    [(None, {"main"}, True), ({"tea"}, None, True), ({"tea"}, {"main"}, False), ({"tea"}, {"main", "tea"}, True)],
)
def test_only_programmes_that_are_reached_are_told(
    reached: set[str] | None, programmes: set[str] | None, told: bool
) -> None:
    def freeze(names: set[str] | None) -> frozenset[str] | None:
        return None if names is None else frozenset(names)

    assert Wanted("balance", None, freeze(reached))(told_of("balance", "a", programmes=freeze(programmes))) is told


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_an_events_id_names_its_place(at_ms: int, number: int) -> None:
    assert read_place(str(Place(at_ms, number))) == Place(at_ms, number)


@pytest.mark.parametrize("text", ["", "5", "5-", "-5-0", "5-0-0", "five-0", "5-0 ", "9" * 30 + "-0", "٥-0"])
def test_what_is_no_events_id_is_the_callers_mistake(text: str) -> None:
    with pytest.raises(InvalidInput, match="id of an event"):
        read_place(text)
