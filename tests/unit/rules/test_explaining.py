"""Why records are one person, and why they are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import DAY_MS
from rules.component import HeldIdentifier, RecordEvidence, Ruling
from rules.explaining import find_company, find_path, walk_tree
from rules.obstacles import Given, Inertia, Obstacle, find_obstacles
from rules.partition import Resolution, resolve
from rules.policy import Policy
from tests.unit.rules.test_partition import POLICY, evidence_of, holds, place_of, record, rulings_of


def explain(
    *evidence: RecordEvidence,
    policy: Policy = POLICY,
    rulings: tuple[Ruling, ...] = (),
    inert: dict[str, Inertia] | None = None,
    releases: dict[str, tuple[int, ...]] | None = None,
) -> tuple[Obstacle, ...]:
    """The obstacles between the records `a` and `b`."""
    given_all = Given(evidence, policy, rulings, inert or {}, releases or {})
    found = resolve(evidence, policy, rulings=rulings, inert=set(inert or ()), releases=releases)
    return find_obstacles(given_all, found, "a", "b")


@given(evidence_of(), rulings_of)
def test_a_path_leads_from_one_record_to_another_exactly_if_they_are_one_person(
    evidence: list[RecordEvidence], rulings: list[Ruling]
) -> None:
    resolution = resolve(evidence, POLICY, rulings=rulings)

    place = place_of(resolution)
    for left in place:
        for right in place:
            path = find_path(resolution, left, right)
            assert (path is not None) == (place[left] == place[right])
            if path is None:
                continue
            assert [step.near for step in path] + [right] == [left] + [step.far for step in path]
            assert all(step.join in resolution.joins for step in path)
            assert all({step.near, step.far} == {step.join.left, step.join.right} for step in path)


@given(evidence_of(), rulings_of)
def test_a_tree_reaches_every_record_of_the_person_once(evidence: list[RecordEvidence], rulings: list[Ruling]) -> None:
    resolution = resolve(evidence, POLICY, rulings=rulings)

    for group in resolution.groups:
        root = min(group.records)
        reached = [root]
        for step in walk_tree(resolution, root):
            assert step.near in reached
            reached.append(step.far)
        assert sorted(reached) == sorted(group.records)


@given(evidence_of(), rulings_of, st.data())
def test_what_is_kept_apart_and_shares_something_is_explained(
    evidence: list[RecordEvidence], rulings: list[Ruling], data: st.DataObject
) -> None:
    left, right = (data.draw(st.sampled_from(evidence)) for _ in range(2))
    resolution = resolve(evidence, POLICY, rulings=rulings)

    obstacles = find_obstacles(Given(evidence, POLICY, rulings), resolution, left.record, right.record)

    place = place_of(resolution)
    if place[left.record] == place[right.record]:
        assert obstacles == ()
        return
    shared = {claim.identifier for claim in left.claims} & {claim.identifier for claim in right.claims}
    assert shared <= {obstacle.by for obstacle in obstacles}
    for obstacle in obstacles:
        assert {place[one] for one in obstacle.left} == {place[left.record]}
        assert {place[one] for one in obstacle.right} == {place[right.record]}


def test_the_path_is_the_strongest_there_is() -> None:
    evidence = [
        record("a", holds("unionid"), holds("phone")),
        record("b", holds("unionid"), holds("card")),
        record("c", holds("card"), holds("phone")),
    ]

    path = find_path(resolve(evidence, POLICY), "a", "c")

    assert path is not None
    assert [(step.near, step.far, step.join.type) for step in path] == [("a", "b", "unionid"), ("b", "c", "card")]


def test_a_join_by_weak_identifiers_names_the_others_that_it_rested_on() -> None:
    evidence = [record("a", holds("email"), holds("device")), record("b", holds("email"), holds("device"))]
    resolution = resolve(evidence, POLICY)
    [join] = resolution.joins

    assert join.by == "email1"
    assert find_company(evidence, POLICY, resolution, join) == ("device1",)


def test_a_strong_join_stands_alone() -> None:
    evidence = [record("a", holds("phone"), holds("email")), record("b", holds("phone"), holds("email"))]
    resolution = resolve(evidence, POLICY)

    assert find_company(evidence, POLICY, resolution, resolution.joins[0]) == ()


def test_records_that_share_nothing_have_no_obstacle() -> None:
    assert explain(record("a", holds("phone", "1")), record("b", holds("phone", "2"))) == ()


@pytest.mark.parametrize(
    ("kind", "inertia", "expected"),
    [
        ("phone", Inertia("quarantined", 40, 9), ("quarantined", 40, 9)),
        ("phone", Inertia("blocked"), ("blocked", None, None)),
        ("email", None, ("weak", 1, 2)),
        ("household", None, ("household", None, None)),
        ("oaid", None, ("never", None, None)),
        ("pigeon", None, ("disabled", None, None)),
    ],
)
def test_a_shared_identifier_that_joins_nobody_says_why(
    kind: str, inertia: Inertia | None, expected: tuple[str, int | None, int | None]
) -> None:
    inert = {f"{kind}1": inertia} if inertia else {}

    [obstacle] = explain(record("a", holds(kind)), record("b", holds(kind)), inert=inert)

    assert (obstacle.kind, obstacle.count, obstacle.limit) == expected
    assert (obstacle.by, obstacle.type, obstacle.left, obstacle.right) == (f"{kind}1", kind, ("a",), ("b",))


def test_weak_identifiers_that_never_suffice_say_so() -> None:
    [obstacle] = explain(
        record("a", holds("email")), record("b", holds("email")), policy=replace(POLICY, weak_needed=0)
    )

    assert (obstacle.kind, obstacle.limit) == ("weak", 0)


def test_weak_identifiers_that_would_suffice_are_contradicted_or_break_a_limit() -> None:
    both = (holds("email"), holds("device"))

    contradicted = explain(record("a", *both, name="王芳"), record("b", *both, name="李静"))
    limited = explain(record("a", *both, holds("unionid", "1")), record("b", *both, holds("unionid", "2")))

    assert [(one.kind, one.reasons) for one in contradicted] == [("contradicted", ("name",))] * 2
    assert [(one.kind, one.reasons, one.count, one.limit) for one in limited] == [("limit", ("unionid",), 2, 1)] * 2


def test_a_limit_names_the_type_and_what_the_person_would_hold() -> None:
    [obstacle] = explain(
        record("a", holds("unionid", "1"), holds("phone")), record("b", holds("unionid", "2"), holds("phone"))
    )

    assert (obstacle.kind, obstacle.type, obstacle.reasons) == ("limit", "phone", ("unionid",))
    assert (obstacle.count, obstacle.limit, obstacle.open) == (2, 1, True)


def test_the_groups_may_share_what_the_records_do_not() -> None:
    [obstacle] = explain(
        record("a", holds("unionid", "1")),
        record("a2", holds("unionid", "1"), holds("phone")),
        record("b", holds("unionid", "2"), holds("phone")),
    )

    assert (obstacle.kind, obstacle.left, obstacle.right) == ("limit", ("a2",), ("b",))


def test_the_records_of_a_side_are_named_in_their_order() -> None:
    mine = [record(key, holds("unionid", "1"), holds("phone")) for key in ("a2", "a")]
    theirs = [record(key, holds("unionid", "2"), holds("phone")) for key in ("b2", "b3", "b")]

    [obstacle] = explain(*theirs, *mine)

    assert (obstacle.left, obstacle.right) == (("a", "a2"), ("b", "b2", "b3"))


def test_profiles_that_contradict_each_other_are_told_by_field() -> None:
    [obstacle] = explain(
        record("a", holds("phone"), name="王芳", gender="female"),
        record("b", holds("phone"), name="李静", gender="male"),
    )

    assert (obstacle.kind, obstacle.reasons, obstacle.open) == ("contradicted", ("name", "gender"), False)


def test_it_may_be_undecided_which_of_several_people_a_record_is() -> None:
    [obstacle] = explain(
        record("a", holds("phone"), name="王芳"), record("b", holds("phone")), record("c", holds("phone"), name="李静")
    )

    assert (obstacle.kind, obstacle.reasons, obstacle.open) == ("undecided", ("name",), True)


def test_it_may_be_undecided_because_all_who_share_it_would_be_too_much_for_one_person() -> None:
    nameless, first = record("a", holds("phone")), record("b", holds("unionid", "1"), holds("phone"))
    others = [record(f"c{number}", holds("unionid", number), holds("phone")) for number in "234"]

    [obstacle] = explain(nameless, first, *others)
    [between] = explain(record("a", holds("unionid", "5"), holds("phone")), first, *others)

    assert (obstacle.kind, obstacle.reasons, obstacle.open) == ("undecided", ("unionid",), True)
    assert (obstacle.count, obstacle.limit) == (4, 1)
    assert (between.kind, between.count, between.limit) == ("limit", 2, 1)


def test_it_may_be_undecided_because_a_steward_keeps_others_apart() -> None:
    evidence = (record("a", holds("phone")), record("b", holds("phone")), record("c", holds("phone")))

    [obstacle] = explain(*evidence, rulings=(Ruling("d", "b", "c", apart=True),))

    assert (obstacle.kind, obstacle.reasons, obstacle.open) == ("undecided", ("ruling",), True)


def test_a_value_that_changed_hands_tells_when() -> None:
    former, later = record("a", holds("phone", start=0, end=10)), record("b", holds("phone", start=50))
    after_years = record("b", holds("phone", start=1010))

    [recycled] = explain(former, later, releases={"phone1": (20 * DAY_MS, 30 * DAY_MS, 60 * DAY_MS)})
    [idle] = explain(former, after_years)

    assert (recycled.kind, recycled.at_ms) == ("recycled", 30 * DAY_MS)
    [at_its_last_word] = explain(former, later, releases={"phone1": (10 * DAY_MS,)})
    assert at_its_last_word.at_ms == 10 * DAY_MS
    assert (idle.kind, idle.at_ms) == ("idle", 10 * DAY_MS)


def test_a_value_lies_idle_after_the_last_statement_of_the_whole_group() -> None:
    first = record("a", holds("unionid"), holds("phone", start=0, end=10))
    last = record("a2", holds("unionid"), holds("phone", start=5, end=20))

    [idle] = explain(first, last, record("b", holds("phone", start=1020)))

    assert (idle.kind, idle.at_ms) == ("idle", 20 * DAY_MS)


def test_a_type_without_contradictions_knows_limits_and_no_idle_time() -> None:
    policy = replace(POLICY, types={**POLICY.types, "card": replace(POLICY.types["card"], idle_days=100)})

    [obstacle] = explain(
        record("a", holds("unionid", "1"), holds("card", start=0)),
        record("b", holds("unionid", "2"), holds("card", start=500)),
        policy=policy,
    )

    assert (obstacle.kind, obstacle.reasons, obstacle.open) == ("limit", ("unionid",), True)


def test_each_identifier_tells_its_own_reasons() -> None:
    both = (holds("phone", "1"), holds("phone", "2"))
    by_name = [record(key, holds("phone", "1"), name=name) for key, name in (("c", "王芳"), ("d", "李静"))]
    by_gender = [record(key, holds("phone", "2"), gender=gender) for key, gender in (("e", "male"), ("f", "female"))]

    obstacles = explain(record("a", *both), record("b", *both), *by_name, *by_gender)

    assert {obstacle.by: obstacle.reasons for obstacle in obstacles} == {"phone1": ("name",), "phone2": ("gender",)}


def test_groups_that_agree_only_since_they_have_grown_are_undecided_for_no_reason_of_their_own() -> None:
    shared = holds("phone", "1")
    strangers = [record("c", shared, name="李静"), record("d", shared, name="王小明")]
    grown = [
        record("a", shared, holds("phone", "2")),
        record("b", shared, holds("phone", "3")),
        record("y", holds("phone", "2"), name="王芳"),
        record("z", holds("phone", "3"), name="王芳"),
    ]

    [obstacle] = explain(*grown, *strangers)

    assert (obstacle.kind, obstacle.reasons, obstacle.open) == ("undecided", (), True)


def test_a_decision_comes_first_and_overrules_what_is_shared() -> None:
    decision, overruled = explain(
        record("a", holds("unionid")), record("b", holds("unionid")), rulings=(Ruling("d", "a", "b", apart=True),)
    )

    assert (decision.kind, decision.by, decision.left, decision.right) == ("decision", "d", ("a",), ("b",))
    assert (overruled.kind, overruled.type) == ("overruled", "unionid")


def test_a_decision_that_contradicts_another_is_told() -> None:
    rulings = (Ruling("1", "a", "c", False), Ruling("2", "b", "c", False), Ruling("3", "a", "b", True))

    kinds = [(one.kind, one.by, one.open) for one in explain(record("a"), record("b"), record("c"), rulings=rulings)]

    assert sorted(kinds) == [("conflict", "2", True), ("decision", "3", False)]


def test_an_unlimited_identifier_is_no_obstacle_to_itself() -> None:
    together = (record("a", HeldIdentifier("card1", "card")), record("b", HeldIdentifier("card1", "card")))

    assert explain(*together) == ()
    assert find_path(Resolution(()), "a", "a") == ()
