"""Rises and falls between two versions of the tiers."""

from __future__ import annotations

import pytest

from rules.tiers import Tier, Tiers, compare_tiers


def ladder(*names: str) -> Tiers:
    return Tiers(tuple(Tier(name) for name in names))


@pytest.mark.parametrize(
    ("old", "new", "before", "after", "up"),
    [
        ("member silver gold", "member silver gold", "silver", "gold", 1),
        ("member silver gold", "member silver gold", "gold", "silver", -1),
        # A tier that is put in between lifts nobody who keeps theirs.
        ("member silver", "member bronze silver", "silver", "silver", 0),
        ("member silver", "member bronze silver", "member", "bronze", 1),
        # Of tiers that are no more the old ladder knows.
        ("member silver gold", "member silver", "gold", "silver", -1),
        # Of ladders that share nothing their places tell.
        ("member silver", "friend star", "silver", "star", 0),
        ("member silver", "friend star", "member", "star", 1),
    ],
)
def test_the_ladder_that_knows_both_tiers_says_which_is_higher(
    old: str, new: str, before: str, after: str, up: int
) -> None:
    assert compare_tiers(ladder(*old.split()), ladder(*new.split()), before, after) == up
