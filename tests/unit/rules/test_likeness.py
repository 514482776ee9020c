"""What two groups say of their owners."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from rules.likeness import FIELDS, Likeness, Traits, compare_traits
from rules.policy import Contradiction


def traits(*profiles: dict[str, str]) -> Traits:
    found = Traits()
    for profile in profiles:
        found.add(Traits.of(profile))
    return found


FANG = {"name": "王芳", "birthday": "1990-01-02", "gender": "female"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({}, FANG, Likeness("silent")),
        ({"name": "王芳"}, {"name": "Wang Fang"}, Likeness("agree")),
        ({"name": "王芳"}, {"name": "李静"}, Likeness("contradict", ("name",))),
        ({"name": "王"}, {"name": "王芳"}, Likeness("silent")),
        ({"birthday": "1990-01-02"}, FANG, Likeness("agree")),
        ({"birthday": "1991-01-02"}, FANG, Likeness("contradict", ("birthday",))),
        ({"gender": "female"}, FANG, Likeness("silent")),
        ({"gender": "male"}, FANG, Likeness("contradict", ("gender",))),
        ({"name": "李静", "birthday": "1990-01-02"}, FANG, Likeness("contradict", ("name",))),
        ({"birthday": "1990-01-02", "gender": "male"}, FANG, Likeness("contradict", ("gender",))),
        ({"name": "王芳", "birthday": "1991-01-02", "gender": "male"}, FANG, Likeness("agree")),
        ({"name": "李静", "birthday": "1991-01-02", "gender": "male"}, FANG, Likeness("contradict", FIELDS)),
    ],
)
def test_names_that_agree_outweigh_all_then_any_field_that_differs_speaks_against(
    one: dict[str, str], other: dict[str, str], expected: Likeness
) -> None:
    assert compare_traits(traits(one), traits(other), FIELDS) == expected
    assert compare_traits(traits(other), traits(one), FIELDS) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((), Likeness("silent")),
        (("gender",), Likeness("contradict", ("gender",))),
        (("birthday",), Likeness("agree")),
        (("birthday", "gender"), Likeness("contradict", ("gender",))),
    ],
)
def test_only_the_fields_that_are_asked_for_count(fields: Iterable[Contradiction], expected: Likeness) -> None:
    one = {"name": "王芳", "birthday": "1990-01-02", "gender": "male"}

    assert compare_traits(traits(one), traits(FANG), fields) == expected


def test_birthdays_that_clerks_type_where_one_is_required_say_nothing() -> None:
    for placeholder in ("1900-01-01", "1970-01-01", ""):
        typed = traits({"birthday": placeholder})
        assert compare_traits(typed, typed, FIELDS) == Likeness("silent")
        assert compare_traits(typed, traits(FANG), FIELDS) == Likeness("silent")


def test_one_of_several_names_is_enough_to_agree_and_silence_does_not_hide_a_contradiction() -> None:
    married = traits({"name": "王芳"}, {"name": "李芳"})

    assert compare_traits(married, traits({"name": "李芳"}), FIELDS).verdict == "agree"
    assert compare_traits(married, traits({"name": "王"}), FIELDS).verdict == "contradict"
    assert (
        compare_traits(traits({"name": "王芳"}, {"name": "王"}), traits({"name": "李静"}), FIELDS).verdict
        == "contradict"
    )


def test_a_group_keeps_every_value_of_its_records() -> None:
    group = traits({"birthday": "1990-01-02"}, {"birthday": "1991-01-02"}, {"gender": "male"})

    assert group.values == {"birthday": {"1990-01-02", "1991-01-02"}, "gender": {"male"}}
    assert compare_traits(group, traits({"birthday": "1991-01-02"}), FIELDS).verdict == "agree"
