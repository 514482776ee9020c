"""Plans are pure: what to write follows from what was read, and writing nothing is a plan too."""

from __future__ import annotations

from dataclasses import replace

from graph.cases import StoredCase
from graph.component import StoredHold, StoredMember, StoredRuling
from graph.decisions import StoredPin
from graph.evidence import IdentifierState
from hub.services.case_plan import Scope
from hub.services.golden import decode_golden
from hub.services.picture import Change, decide, draw_picture, golden_of
from hub.services.plan import Move, Plan, plan_settlement
from hub.services.policy import DEFAULT_POLICY
from rules.component import Ruling

PHONE = IdentifierState("k-phone", "phone", live=2)


def member(
    record: str,
    birth: str,
    person: str,
    *states: IdentifierState,
    name: str = "",
    golden: str | None = "{}",
    rulings: tuple[StoredRuling, ...] = (),
) -> StoredMember:
    holds = tuple(StoredHold("", 1, 1, False, state) for state in states)
    profile = {"name": (name, 1)} if name else {}
    return StoredMember(record, birth, person, 0, 1, golden, 0, profile, None, holds, rulings)


def make(
    members: list[StoredMember],
    change: Change | None = None,
    *,
    known: dict[str, StoredCase] | None = None,
    scope: Scope | None = None,
) -> Plan:
    wanted = change or Change()
    picture = draw_picture(members, wanted)
    return plan_settlement(
        DEFAULT_POLICY,
        picture,
        decide(DEFAULT_POLICY, picture),
        known=known or {},
        scope=scope or Scope(),
        ruled=wanted.ruled,
    )


def case(state: str, outcome: str | None = None, sides: tuple[tuple[str, ...], ...] = (("a",), ("b",))) -> StoredCase:
    return StoredCase("identifier:k-phone", "C1", state, "limit_exceeded", sides, ("unionid",), outcome)


def two_accounts() -> list[StoredMember]:
    """One phone, two union ids: a question."""
    return [
        member("a", "1", "1", PHONE, IdentifierState("u1", "unionid", live=1)),
        member("b", "2", "2", PHONE, IdentifierState("u2", "unionid", live=1)),
    ]


def test_what_is_as_it_should_be_gives_an_empty_plan() -> None:
    members = [member("a", "1", "1", PHONE), member("b", "2", "1", PHONE)]

    plan = make(members)

    assert (plan.moves, plan.persons, plan.born, plan.emptied, plan.cases.opened) == ((), (), (), (), ())


def test_a_merge_moves_records_to_the_older_person_and_empties_the_other() -> None:
    members = [member("a", "1", "1", PHONE, name="张伟"), member("b", "2", "2", PHONE)]

    plan = make(members)

    assert plan.moves == (Move("b", "2", "1"),)
    assert (plan.born, plan.emptied) == ((), ("2",))
    assert [(one.id, [value.value for value in decode_golden(one.golden_after)]) for one in plan.persons] == [
        ("1", ["张伟"]),
        ("2", []),
    ]


def test_a_ruling_of_the_change_counts_and_one_that_ends_does_not() -> None:
    members = [member("a", "1", "1", PHONE), member("b", "2", "1", PHONE)]
    split = make(members, Change(ruled=[Ruling("d1", "a", "b", apart=True)]))
    kept = (StoredRuling("d1", True, "b", 200),), (StoredRuling("d1", True, "a", 200),)
    apart = [member("a", "1", "1", PHONE, rulings=kept[0]), member("b", "2", "2", PHONE, rulings=kept[1])]

    assert split.moves == (Move("b", "1", "2"),)
    assert split.born == ("2",)
    assert split.bases == {"d1": 200}
    assert make(apart).moves == ()
    assert make(apart, Change(unruled=["d1"])).moves == (Move("b", "2", "1"),)


def test_a_pin_of_the_change_is_in_the_golden_record() -> None:
    members = [member("a", "1", "1", name="张伟")]
    pin = StoredPin("王五", "li", "why", 9, "d1")

    picture = draw_picture(members, Change(pins={"a": {"name": pin}}))

    [field] = decode_golden(golden_of(DEFAULT_POLICY, picture, ["a"]))
    assert (field.value, field.why, field.record) == ("王五", "pin", "a")


def test_a_question_is_asked_once_with_its_score() -> None:
    first = make(two_accounts())
    [asked] = first.cases.opened

    assert (asked.key, asked.kind, asked.sides, asked.score) == (
        "identifier:k-phone",
        "limit_exceeded",
        (("a",), ("b",)),
        0.5,
    )
    for state in (case("open"), case("answered", "dismiss"), case("answered", "different")):
        assert not make(two_accounts(), known={state.key: state}).cases.opened
    for state in (case("moot"), case("open", sides=(("a",), ("c",)))):
        assert make(two_accounts(), known={state.key: state}).cases.opened


def test_an_answer_that_is_withdrawn_opens_the_case_or_closes_it() -> None:
    known = {"identifier:k-phone": case("answered", "different")}
    scope = Scope(released={"identifier:k-phone"})
    silent = [member("a", "1", "1", PHONE), member("b", "2", "1", PHONE)]

    assert make(two_accounts(), known=known, scope=scope).cases.opened
    assert [one.id for one in make(silent, known=known, scope=scope).cases.moot] == ["C1"]
    assert not make(silent, known=known).cases.moot


def test_an_open_case_is_moot_only_where_enough_was_read() -> None:
    known = {"identifier:k-phone": case("open")}
    members = [member("a", "1", "1", PHONE), member("b", "2", "1", PHONE)]

    assert make(members, known=known).cases.moot
    assert not make(members, known=known, scope=Scope(beyond={"k-phone"})).cases.moot
    assert not make(members, known=known, scope=Scope(answered={"identifier:k-phone"})).cases.moot


def test_a_case_of_likeness_is_moot_once_its_sides_are_one_person() -> None:
    alike = StoredCase("similar:a:b", "C2", "open", "weak_similarity", (("a",), ("b",)), ())

    joined = make([member("a", "1", "1", PHONE), member("b", "2", "2", PHONE)], known={alike.key: alike})
    others = make([member("a", "1", "1")], known={alike.key: alike})

    assert joined.cases.moot == (alike,)
    assert not others.cases.moot


ALIKE = StoredCase("similar:1:2", "C2", "open", "weak_similarity", (("a",), ("b",)), (), score=0.95)


def test_a_case_of_likeness_is_moot_once_a_decision_keeps_the_persons_apart() -> None:
    three = [member("a", "1", "1", PHONE), member("c", "3", "1", PHONE), member("b", "2", "2"), member("x", "4", "4")]

    between = make(three, Change(ruled=[Ruling("d1", "c", "b", apart=True)]), known={ALIKE.key: ALIKE})
    elsewhere = make(three, Change(ruled=[Ruling("d1", "c", "x", apart=True)]), known={ALIKE.key: ALIKE})
    within = make(three, Change(ruled=[Ruling("d1", "a", "c", apart=True)]), known={ALIKE.key: ALIKE})

    assert between.cases.moot == (ALIKE,)
    assert not elsewhere.cases.moot
    assert not within.cases.moot


def test_a_case_of_likeness_is_asked_again_when_its_answer_is_withdrawn_and_they_are_still_two() -> None:
    answered = replace(ALIKE, state="answered", outcome="same")
    scope = Scope(released={ALIKE.key})

    two = make([member("a", "1", "1"), member("b", "2", "2")], known={ALIKE.key: answered}, scope=scope)
    one = make([member("a", "1", "1", PHONE), member("b", "2", "1", PHONE)], known={ALIKE.key: answered}, scope=scope)

    [again] = two.cases.opened
    assert (again.key, again.kind, again.sides, again.score) == (ALIKE.key, ALIKE.kind, ALIKE.sides, 0.95)
    assert not one.cases.opened
    assert one.cases.moot == (answered,)
