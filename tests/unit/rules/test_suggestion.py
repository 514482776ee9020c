from __future__ import annotations

import pytest

from rules.component import HeldIdentifier, RecordEvidence
from rules.policy import IdentifierType, Policy
from rules.suggestion import Side, Suggestion, suggest, suggest_on_likeness, suggest_on_quarantine

POLICY = Policy(
    types={
        "card": IdentifierType("card", "folded", "strong", 110),
        "phone": IdentifierType("phone", "phone", "strong", 200),
        "email": IdentifierType("email", "email", "weak", 300),
        "oaid": IdentifierType("oaid", "opaque", "never", 900),
    }
)


def side(*identifiers: tuple[str, str], **profile: str) -> Side:
    claims = tuple(HeldIdentifier(value, kind) for kind, value in identifiers)
    return Side.of([RecordEvidence("r", "id", claims, profile)])


PHONE = ("phone", "p1")


@pytest.mark.parametrize(
    ("one", "two", "outcome", "score", "grounds"),
    [
        (side(PHONE), side(PHONE), None, 0.5, ()),
        (side(PHONE, name="张伟"), side(PHONE, name="张伟"), "same", 0.75, ("name agrees",)),
        (side(PHONE, name="张伟"), side(PHONE, name="李娜"), "different", 0.2, ("name contradicts",)),
        (side(PHONE, ("email", "e")), side(PHONE, ("email", "e")), None, 0.6, ("email shared",)),
        (side(PHONE, ("card", "c")), side(PHONE, ("card", "c")), "same", 0.7, ("card shared",)),
        (side(PHONE, ("oaid", "o")), side(PHONE, ("oaid", "o")), None, 0.5, ()),
        (side(PHONE, ("pigeon", "o")), side(PHONE, ("pigeon", "o")), None, 0.5, ()),
        (side(birthday="1990-01-02"), side(birthday="1990-01-02"), "same", 0.65, ("birthday agrees",)),
        (side(birthday="1990-01-02"), side(birthday="1991-01-02"), "different", 0.3, ("birthday contradicts",)),
        (side(gender="male"), side(gender="female"), None, 0.4, ("gender contradicts",)),
        (side(gender="male"), side(gender="male"), None, 0.5, ()),
        (
            side(("email", "e"), ("card", "c"), gender="male"),
            side(("email", "e"), ("card", "c"), gender="female"),
            "same",
            0.7,
            ("gender contradicts", "card shared", "email shared"),
        ),
        (
            side(("email", "e"), ("card", "c"), name="张伟", birthday="1990-01-02"),
            side(("email", "e"), ("card", "c"), name="张伟", birthday="1990-01-02"),
            "same",
            0.95,
            ("name agrees", "birthday agrees", "card shared", "email shared"),
        ),
        (
            side(PHONE, name="张伟", birthday="1990-01-02", gender="male"),
            side(PHONE, name="李娜", birthday="1991-01-02", gender="female"),
            "different",
            0.05,
            ("name contradicts", "birthday contradicts", "gender contradicts"),
        ),
    ],
)
def test_the_score_adds_up(one: Side, two: Side, outcome: str | None, score: float, grounds: tuple[str, ...]) -> None:
    found = suggest(POLICY, [one, two], about=["p1"])

    assert (found.outcome, found.score, found.grounds) == (outcome, score, grounds)


def test_a_value_that_changed_hands_speaks_against_one_person() -> None:
    found = suggest(POLICY, [side(PHONE), side(PHONE)], about=["p1"], recycled=True)

    assert (found.outcome, found.score, found.grounds) == (None, 0.4, ("changed hands",))


def test_a_score_on_the_edge_is_an_answer() -> None:
    one, other = side(("email", "e"), gender="male"), side(("email", "e"), gender="female")
    unlike = side(name="张伟", birthday="1990-01-02"), side(name="李娜", birthday="1990-01-02")

    assert suggest(POLICY, [one, other]).score == 0.5
    assert (suggest(POLICY, unlike).outcome, suggest(POLICY, unlike).score) == ("different", 0.35)
    assert suggest(POLICY, [one]).score is None


def test_the_least_likely_pair_speaks_for_all_and_only_all_can_be_different() -> None:
    sides = [side(PHONE, name="张伟"), side(PHONE, name="张伟"), side(PHONE, name="李娜")]

    found = suggest(POLICY, sides, about=["p1"])

    assert (found.outcome, found.score) == (None, 0.2)


def test_a_quarantine_is_lifted_only_for_one_name() -> None:
    one, same, other, silent = side(name="张伟"), side(name="张伟"), side(name="李娜"), side()

    assert suggest_on_quarantine([one, same]) == Suggestion("lift", None, ("names agree",))
    assert suggest_on_quarantine([one, same, other]) == Suggestion("dismiss", None, ("names contradict",))
    assert suggest_on_quarantine([one, silent]).outcome is None
    assert suggest_on_quarantine([]).outcome is None


@pytest.mark.parametrize(
    ("probability", "outcome"), [(0.9, "same"), (0.65, "same"), (0.5, None), (0.35, "different"), (None, None)]
)
def test_likeness_suggests_by_its_probability_with_what_speaks_for_it(
    probability: float | None, outcome: str | None
) -> None:
    bars = [
        ("prior", "", 3.0), ("name", "same", 9.0), ("name", "frequency", 5.0), ("birthday", "same", 11.0),
        ("email", "missing", 0.0), ("phone", "other", -1.0),
    ]  # fmt: skip

    found = suggest_on_likeness(probability, bars)

    assert (found.outcome, found.score, found.grounds) == (outcome, probability, ("birthday same", "name same"))


def test_likeness_suggests_nothing_where_more_speaks_against_it() -> None:
    bars = [("prior", "", -9.0), ("birthday", "same", 20.0)]

    assert suggest_on_likeness(0.99, bars, ("unionid",)).outcome is None
    assert suggest_on_likeness(0.1, bars, ("unionid",)).outcome == "different"
