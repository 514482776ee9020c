from __future__ import annotations

from dataclasses import replace

from rules.sharing import ELSEWHERE, PlaceGroup, Sharing, Switch, Thing, is_honoured, preview_switches

POINTS, STORED, GOLD = Thing("asset", "points"), Thing("asset", "stored_value"), Thing("tier", "gold")
SHARING = Sharing(
    (
        PlaceGroup("direct_stores", "direct"),
        PlaceGroup("franchises", "franchise", ("F01", "F02")),
        PlaceGroup("bakery", "partner", ("bakery",)),
    ),
    "direct_stores",
    {STORED: frozenset({"direct_stores"}), GOLD: frozenset({"direct_stores", "bakery"})},
)


def test_a_thing_is_honoured_where_its_groups_are_and_the_answer_says_why() -> None:
    assert is_honoured(SHARING, STORED, "S01").honoured
    assert is_honoured(SHARING, STORED, "F02") == (
        False,
        "The asset stored_value is not honoured in franchises, to which F02 belongs.",
    )
    assert is_honoured(SHARING, GOLD, "bakery").honoured
    assert not is_honoured(SHARING, GOLD, "F01").honoured


def test_what_no_switch_names_is_honoured_by_the_own_places_and_by_no_partner() -> None:
    assert is_honoured(SHARING, POINTS, "F01").honoured
    assert is_honoured(SHARING, POINTS, "S01").honoured
    assert not is_honoured(SHARING, POINTS, "bakery").honoured


def test_a_place_that_nobody_knows_honours_nothing_unless_a_group_takes_all_others() -> None:
    strict = replace(SHARING, elsewhere=None)

    assert is_honoured(strict, POINTS, "S99") == (False, "The programme knows no place 'S99'.")
    assert is_honoured(Sharing(), STORED, "S99").honoured


def test_a_preview_lists_every_pair_that_switches_and_no_other() -> None:
    after = replace(SHARING, honours={**SHARING.honours, STORED: frozenset({"franchises"})})

    switches = preview_switches(SHARING, after, [POINTS, STORED, GOLD])

    assert [(one.thing, one.place, one.on) for one in switches] == [
        (STORED, ELSEWHERE, False),
        (STORED, "F01", True),
        (STORED, "F02", True),
    ]
    assert "honoured in franchises" in switches[1].why
    assert preview_switches(after, after, [POINTS]) == []
    assert all(isinstance(one, Switch) and not one.on for one in preview_switches(Sharing(), SHARING, [POINTS]))
