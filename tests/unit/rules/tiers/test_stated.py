"""Tiers that a source states, one statement after another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.tiers.stated import GrantChange, NewGrant, StatedGrant, follow_statement

GOLD = StatedGrant("gold", 10, 50, 50, 20)
CUT = GOLD._replace(to_ms=25)


@pytest.mark.parametrize(
    ("last", "said", "expected"),
    [
        (None, ("gold", None, 10), GrantChange(None, None, NewGrant("gold", 10, None))),
        (None, (None, None, 10), GrantChange(None, None)),
        (None, ("gold", 9, 10), GrantChange(None, None)),
        (GOLD, ("gold", 50, 20), None),
        (GOLD, ("silver", 90, 19), None),
        # Said again later: nothing but that is kept, so that what comes late in between does not count.
        (GOLD, ("gold", 50, 30), GrantChange(50, 50)),
        (GOLD, ("gold", 90, 30), GrantChange(90, 90)),
        (GOLD, ("silver", 90, 30), GrantChange(30, 30, NewGrant("silver", 30, 90))),
        (GOLD, (None, None, 30), GrantChange(30, 30)),
        # It was over by itself: the end stays where it was.
        (GOLD, ("gold", 90, 60), GrantChange(50, 50, NewGrant("gold", 60, 90))),
        (GOLD, (None, None, 60), GrantChange(50, 50)),
        # Ended by hand: a repeat does not bring it back, other words do.
        (CUT, ("gold", 50, 20), None),
        (CUT, ("gold", 50, 30), GrantChange(25, 50)),
        (CUT, ("gold", 90, 30), GrantChange(25, 25, NewGrant("gold", 30, 90))),
    ],
)
def test_the_last_statement_opens_changes_or_ends_a_grant(
    last: StatedGrant | None, said: tuple[str | None, int | None, int], expected: GrantChange | None
) -> None:
    assert follow_statement(last, *said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("gold", None, 9), None),
        (("gold", None, 10), GrantChange(None, None, NewGrant("gold", 10, None))),
        ((None, None, 10), None),
        ((None, None, 11), GrantChange(None, None)),
    ],
)
def test_what_was_stated_before_it_was_that_there_is_no_tier_counts_no_more(
    said: tuple[str | None, int | None, int], expected: GrantChange | None
) -> None:
    assert follow_statement(None, *said, none_ms=10) == expected


statements = st.lists(
    st.tuples(st.sampled_from(["silver", "gold", None]), st.one_of(st.none(), st.integers(1, 40)), st.integers(1, 30)),
    min_size=1,
    max_size=8,
)


@given(statements)
def test_whatever_came_before_the_tier_is_the_one_stated_last_and_a_repeat_changes_nothing(
    said: list[tuple[str | None, int | None, int]],
) -> None:
    last: StatedGrant | None = None
    none_ms: int | None = None
    said = [(tier, to_ms if tier else None, at_ms) for tier, to_ms, at_ms in said]
    for tier, to_ms, at_ms in sorted(said, key=lambda one: one[2]):
        change = follow_statement(last, tier, to_ms, at_ms, none_ms=none_ms)
        if change is not None:
            if change.opened:
                last = StatedGrant(*change.opened, change.opened.to_ms, at_ms)
            elif last:
                last = last._replace(to_ms=change.to_ms, stated_to_ms=change.stated_to_ms, stated_ms=at_ms)
            else:
                none_ms = at_ms
        live = last is not None and last.from_ms <= at_ms and (last.to_ms is None or at_ms < last.to_ms)
        stated = tier if to_ms is None or to_ms > at_ms else None

        assert (last.tier if last and live else None) == stated
        assert follow_statement(last, tier, to_ms, at_ms, none_ms=none_ms) is None
