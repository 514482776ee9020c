"""Who is who: the properties that hold for any evidence, then the cases that the policy is about."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import DAY_MS
from rules.component import HeldIdentifier, RecordEvidence, Ruling
from rules.partition import Resolution, resolve
from rules.policy import IdentifierType, Policy

POLICY = Policy(
    types={
        kind.name: kind
        for kind in (
            IdentifierType("unionid", "opaque", "strong", 10, scoped=True, max_per_person=1, max_records=50),
            IdentifierType("card", "folded", "strong", 50, max_per_person=2),
            IdentifierType(
                "phone",
                "phone",
                "strong",
                100,
                max_per_person=3,
                max_records=9,
                contradictions=("name", "birthday", "gender"),
                idle_days=1000,
            ),
            IdentifierType("email", "email", "weak", 200, contradictions=("name",)),
            IdentifierType("device", "opaque", "weak", 210),
            IdentifierType("household", "opaque", "household", 800),
            IdentifierType("oaid", "opaque", "never", 900),
        )
    },
    weak_needed=2,
)
RECORDS = [f"r{number}" for number in range(8)]
NAMES = ["王小明", "Wang Xiaoming", "王芳", "李静", None]


@st.composite
def evidence_of(draw: st.DrawFn) -> list[RecordEvidence]:
    found = []
    for number, record in enumerate(RECORDS[: draw(st.integers(1, 8))]):
        claims = draw(
            st.lists(
                st.builds(
                    lambda kind, value, at, verified: HeldIdentifier(
                        f"{kind}{value}", kind, "", at * DAY_MS, (at + 5) * DAY_MS, verified
                    ),
                    st.sampled_from(sorted(POLICY.types)),
                    st.integers(0, 3),
                    st.integers(0, 2000),
                    st.booleans(),
                ),
                max_size=4,
                unique_by=lambda claim: claim.identifier,
            )
        )
        name = draw(st.sampled_from(NAMES))
        found.append(RecordEvidence(record, f"id{(number * 5) % 8}", tuple(claims), {"name": name} if name else {}))
    return found


rulings_of = st.lists(
    st.builds(
        lambda number, pair, apart: Ruling(f"d{number}", min(pair), max(pair), apart),
        st.integers(0, 99),
        st.lists(st.sampled_from(RECORDS), min_size=2, max_size=2, unique=True),
        st.booleans(),
    ),
    max_size=5,
    unique_by=lambda ruling: ruling.id,
)


def place_of(resolution: Resolution) -> dict[str, str]:
    return {record: group.person_id for group in resolution.groups for record in group.records}


def record(key: str, *claims: HeldIdentifier, **profile: str) -> RecordEvidence:
    return RecordEvidence(key, f"id-{key}", claims, profile)


def holds(kind: str, value: str = "1", *, start: int = 0, end: int | None = None) -> HeldIdentifier:
    return HeldIdentifier(f"{kind}{value}", kind, "", start * DAY_MS, (start if end is None else end) * DAY_MS)


def groups(resolution: Resolution) -> set[frozenset[str]]:
    return {group.records for group in resolution.groups}


@given(evidence_of(), rulings_of, st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(
    evidence: list[RecordEvidence], rulings: list[Ruling], random: Random
) -> None:
    expected = resolve(evidence, POLICY, rulings=rulings)
    shuffled = [one._replace(claims=tuple(random.sample(one.claims, len(one.claims)))) for one in evidence]
    random.shuffle(shuffled)
    shuffled_rulings = random.sample(rulings, len(rulings))

    assert resolve(shuffled, POLICY, rulings=shuffled_rulings) == expected


@given(evidence_of(), rulings_of)
def test_every_record_has_one_place_and_the_person_carries_the_first_birth_id(
    evidence: list[RecordEvidence], rulings: list[Ruling]
) -> None:
    resolution = resolve(evidence, POLICY, rulings=rulings)

    births = {one.record: one.birth_id for one in evidence}
    assert sorted(key for group in resolution.groups for key in group.records) == sorted(births)
    for group in resolution.groups:
        assert group.person_id == min(births[key] for key in group.records)


@given(evidence_of())
def test_limits_are_never_exceeded_by_a_join(evidence: list[RecordEvidence]) -> None:
    alone = {one.record: one for one in evidence}

    for group in resolve(evidence, POLICY).groups:
        for name, kind in POLICY.types.items():
            if kind.max_per_person is None:
                continue
            held = [{claim.identifier for claim in alone[key].claims if claim.type == name} for key in group.records]
            assert len(set().union(*held)) <= max(kind.max_per_person, *map(len, held))


@given(evidence_of(), rulings_of)
def test_decisions_are_obeyed(evidence: list[RecordEvidence], rulings: list[Ruling]) -> None:
    resolution = resolve(evidence, POLICY, rulings=rulings)

    place = place_of(resolution)
    refused = {refusal.by for refusal in resolution.refusals if refusal.kind == "conflict"}
    for ruling in rulings:
        if ruling.left in place and ruling.right in place:
            together = place[ruling.left] == place[ruling.right]
            assert together != ruling.apart or ruling.id in refused
    assert all(not ruling.apart for ruling in rulings if ruling.id in refused)


@given(evidence_of(), rulings_of)
def test_withdrawing_a_decision_gives_back_what_was(evidence: list[RecordEvidence], rulings: list[Ruling]) -> None:
    before = resolve(evidence, POLICY)

    assert resolve(evidence, POLICY, rulings=rulings) is not None
    assert resolve(evidence, POLICY, rulings=[]) == before


@given(evidence_of(), rulings_of)
def test_joins_are_a_tree_that_explains_each_group(evidence: list[RecordEvidence], rulings: list[Ruling]) -> None:
    resolution = resolve(evidence, POLICY, rulings=rulings)

    place = place_of(resolution)
    assert len(resolution.joins) == len(evidence) - len(resolution.groups)
    assert all(place[join.left] == place[join.right] for join in resolution.joins)
    held = {one.record: {claim.identifier for claim in one.claims} for one in evidence}
    for join in resolution.joins:
        if join.type != "ruling":
            assert join.by in held[join.left] | held[join.right]


@given(evidence_of())
def test_inert_identifiers_join_nobody(evidence: list[RecordEvidence]) -> None:
    everything = {claim.identifier for one in evidence for claim in one.claims}

    assert len(resolve(evidence, POLICY, inert=everything).groups) == len(evidence)


def test_strong_identifiers_join_weak_and_household_and_never_do_not() -> None:
    for kind, together in (("unionid", 1), ("phone", 1), ("email", 2), ("household", 2), ("oaid", 2)):
        assert len(resolve([record("a", holds(kind)), record("b", holds(kind))], POLICY).groups) == together


def test_two_weak_identifiers_of_different_types_join_together() -> None:
    both = (holds("email"), holds("device"))

    assert len(resolve([record("a", *both), record("b", *both)], POLICY).groups) == 1
    assert len(resolve([record("a", *both), record("b", *both)], replace(POLICY, weak_needed=0)).groups) == 2
    contradicting = [record("a", *both, name="王芳"), record("b", *both, name="李静")]
    assert len(resolve(contradicting, POLICY).groups) == 2


def test_a_person_with_one_unionid_does_not_get_another_by_phone() -> None:
    resolution = resolve(
        [
            record("a", holds("unionid", "1"), holds("phone"), name="王芳"),
            record("b", holds("unionid", "2"), holds("phone")),
            record("c", holds("phone"), name="王芳"),
        ],
        POLICY,
    )

    assert groups(resolution) == {frozenset("ac"), frozenset("b")}
    [refusal] = resolution.refusals
    assert (refusal.kind, refusal.reasons, refusal.open) == ("limit", ("unionid",), True)
    assert refusal.sides == (frozenset("ac"), frozenset("b"))


def test_a_phone_of_more_people_than_one_leaves_it_open_whose_a_nameless_record_is() -> None:
    two_accounts = [
        record("a", holds("phone")),
        record("b", holds("unionid", "1"), holds("phone")),
        record("c", holds("unionid", "2"), holds("phone")),
    ]

    [refusal] = resolve(two_accounts, POLICY).refusals

    assert refusal.sides == (frozenset("a"), frozenset("b"), frozenset("c"))
    assert (refusal.kind, refusal.reasons, refusal.open) == ("limit", ("unionid",), True)


def test_holders_may_break_a_limit_together_of_whom_any_two_would_not() -> None:
    cards = [record(key, holds("card", key), holds("phone")) for key in "abc"]

    [refusal] = resolve(cards, POLICY).refusals

    assert len(resolve(cards[:2], POLICY).groups) == 1
    assert len(refusal.sides) == 3
    assert (refusal.kind, refusal.reasons) == ("limit", ("card",))


def test_one_record_that_breaks_a_limit_by_itself_is_no_reason_to_keep_others_from_it() -> None:
    cards = tuple(holds("card", str(number)) for number in range(4))
    evidence = [record("a", *cards, holds("phone")), record("b", cards[0], holds("phone")), record("c", holds("phone"))]

    assert len(resolve(evidence, POLICY).groups) == 1


def test_a_steward_who_keeps_two_apart_says_that_others_share_their_phone() -> None:
    evidence = [record("a", holds("phone")), record("b", holds("phone")), record("c", holds("phone"))]
    apart = Ruling("1", "a", "b", apart=True)

    resolution = resolve(evidence, POLICY, rulings=[apart])
    settled = resolve(evidence, POLICY, rulings=[apart, Ruling("2", "a", "c", False)])

    assert groups(resolution) == {frozenset("a"), frozenset("b"), frozenset("c")}
    assert [(one.kind, one.reasons, one.open) for one in resolution.refusals] == [("shared", ("ruling",), True)]
    assert groups(settled) == {frozenset("ac"), frozenset("b")}
    assert [(one.kind, one.reasons, one.open) for one in settled.refusals] == [("ruling", ("ruling",), False)]


def test_a_limit_that_a_ruling_explains_is_no_question() -> None:
    evidence = [
        record("a", holds("unionid", "1"), holds("phone")),
        record("b", holds("unionid", "2"), holds("phone")),
    ]

    [refusal] = resolve(evidence, POLICY, rulings=[Ruling("1", "a", "b", apart=True)]).refusals

    assert (refusal.kind, refusal.reasons, refusal.open) == ("ruling", ("ruling",), False)


@given(st.permutations(RECORDS), st.lists(st.sampled_from([None, "1", "2", "3"]), min_size=8, max_size=8))
def test_what_records_are_called_does_not_decide_who_joins_whom_on_a_phone(
    names: list[str], accounts: list[str | None]
) -> None:
    claims = [(holds("phone"), *((holds("unionid", account),) if account else ())) for account in accounts]

    straight = resolve([record(key, *held) for key, held in zip(RECORDS, claims, strict=True)], POLICY)
    renamed = resolve([record(key, *held) for key, held in zip(names, claims, strict=True)], POLICY)

    new_names = dict(zip(RECORDS, names, strict=True))
    assert {frozenset(new_names[key] for key in group) for group in groups(straight)} == groups(renamed)


def test_a_familys_phone_joins_those_whose_names_agree_and_leaves_it_open_who_the_others_are() -> None:
    family = [
        record("a", holds("phone"), name="王小明", gender="male"),
        record("b", holds("phone"), name="Wang Xiaoming"),
        record("c", holds("phone"), name="王芳", gender="female"),
    ]

    settled = resolve(family, POLICY)
    unsettled = resolve([*family, record("d", holds("phone"))], POLICY)

    assert groups(settled) == {frozenset("ab"), frozenset("c")}
    assert [(refusal.kind, refusal.open) for refusal in settled.refusals] == [("shared", False)]
    assert groups(unsettled) == {frozenset("ab"), frozenset("c"), frozenset("d")}
    assert [(refusal.kind, refusal.reasons, refusal.open) for refusal in unsettled.refusals] == [
        ("shared", ("gender", "name"), True)
    ]


@pytest.mark.parametrize("keys", list(permutations("abcd")), ids="".join)
def test_who_agrees_with_two_joins_both_whatever_the_order(keys: tuple[str, ...]) -> None:
    profiles = [
        {"name": "王芳"},
        {"birthday": "1990-01-02"},
        {"name": "王芳", "birthday": "1990-01-02"},
        {"name": "李静"},
    ]

    resolution = resolve(
        [record(key, holds("phone"), **profile) for key, profile in zip(keys, profiles, strict=True)], POLICY
    )

    assert groups(resolution) == {frozenset(keys[:3]), frozenset(keys[3])}


def test_a_phone_that_was_given_up_does_not_join_its_next_holder_to_the_last_one() -> None:
    former, next_one = record("a", holds("phone", start=0, end=10)), record("b", holds("phone", start=50))

    assert len(resolve([former, next_one], POLICY).groups) == 1
    handed_on = resolve([former, next_one], POLICY, releases={"phone1": (30,)})
    assert len(resolve([former, next_one], POLICY, releases={"phone1": (30 * DAY_MS,)}).groups) == 2
    assert len(handed_on.groups) == 1, "an instant before both says nothing"
    [refusal] = resolve([former, next_one], POLICY, releases={"phone1": (30 * DAY_MS,)}).refusals
    assert (refusal.kind, refusal.open) == ("recycled", False)


@pytest.mark.parametrize(("released", "persons"), [(9, 1), (10, 2), (49, 2), (50, 1)])
def test_a_phone_is_given_up_from_its_holders_last_word_until_its_next_holders_first(
    released: int, persons: int
) -> None:
    holders = record("a", holds("phone", start=0, end=10)), record("b", holds("phone", start=50))

    assert len(resolve(holders, POLICY, releases={"phone1": (released * DAY_MS,)}).groups) == persons


def test_a_group_holds_a_phone_from_its_first_record_to_its_last_statement() -> None:
    first = record("a", holds("unionid"), holds("phone", start=0, end=10))
    last = record("b", holds("unionid"), holds("phone", start=990, end=1000))
    later = record("c", holds("phone", start=1005))

    assert len(resolve([first, last, later], POLICY).groups) == 1
    assert len(resolve([first, last, later], POLICY, releases={"phone1": (995 * DAY_MS,)}).groups) == 1
    assert len(resolve([first, last, later], POLICY, releases={"phone1": (1002 * DAY_MS,)}).groups) == 2
    assert len(resolve([last, record("d", holds("phone", start=0, end=5))], POLICY).groups) == 1


def test_what_its_next_holders_had_long_before_they_said_it_last_was_not_given_up_to_them() -> None:
    former = record("a", holds("phone", start=500))
    group = (
        record("b", holds("unionid"), holds("phone", start=600)),
        record("c", holds("unionid"), holds("phone", start=990)),
    )

    assert len(resolve([former, *group], POLICY, releases={"phone1": (700 * DAY_MS,)}).groups) == 1


def test_a_join_names_the_first_records_that_hold_it_on_either_side() -> None:
    evidence = [
        record("a", holds("unionid", "1")),
        record("b", holds("unionid", "1"), holds("phone")),
        record("c", holds("unionid", "1"), holds("phone")),
        record("d", holds("card", "2"), holds("phone")),
        record("e", holds("card", "2"), holds("phone")),
    ]

    joins = resolve(evidence, POLICY).joins

    assert [(join.left, join.right) for join in joins if join.type == "phone"] == [("b", "d")]


def test_of_one_type_what_has_proof_is_walked_first() -> None:
    proved = holds("card", "2")._replace(verified=True)
    evidence = [
        record("a", holds("card", "1"), holds("unionid", "1")),
        record("b", holds("card", "1"), proved),
        record("c", proved, holds("unionid", "2")),
    ]

    assert groups(resolve(evidence, POLICY)) == {frozenset("a"), frozenset("bc")}


def test_a_phone_that_lay_idle_for_years_needs_names_that_agree() -> None:
    early, late = holds("phone", start=0, end=10), holds("phone", start=1010)

    assert len(resolve([record("a", early), record("b", late)], POLICY).groups) == 2
    assert len(resolve([record("a", early), record("b", late._replace(from_ms=late.from_ms - 1))], POLICY).groups) == 1
    same = [record("a", early, name="王小明"), record("b", late, name="王小明")]
    assert len(resolve(same, POLICY).groups) == 1


def test_whose_names_agree_a_phone_has_not_changed_hands_between() -> None:
    holders = [
        record("a", holds("phone", start=0, end=10), name="王小明"),
        record("b", holds("phone", start=5, end=1015)),
        record("c", holds("phone", start=1010), name="Wang Xiaoming"),
    ]

    assert len(resolve(holders, POLICY).groups) == 1


def test_a_must_link_outranks_limits_and_contradictions() -> None:
    evidence = [record("a", holds("unionid", "1"), name="王芳"), record("b", holds("unionid", "2"), name="李静")]

    assert len(resolve(evidence, POLICY, rulings=[Ruling("d", "a", "b", apart=False)]).groups) == 1


def test_a_cannot_link_keeps_apart_what_shares_the_strongest_identifier_and_asks_nobody() -> None:
    evidence = [record("a", holds("unionid")), record("b", holds("unionid")), record("c", holds("unionid"))]

    resolution = resolve(evidence, POLICY, rulings=[Ruling("d", "a", "b", apart=True)])

    assert groups(resolution) == {frozenset("ac"), frozenset("b")}
    assert [(refusal.kind, refusal.open) for refusal in resolution.refusals] == [("ruling", False)]


def test_decisions_that_contradict_each_other_are_told_and_the_separation_holds() -> None:
    rulings = [Ruling("1", "a", "b", False), Ruling("2", "b", "c", False), Ruling("3", "a", "c", True)]

    resolution = resolve([record("a"), record("b"), record("c")], POLICY, rulings=rulings)

    assert groups(resolution) == {frozenset("ab"), frozenset("c")}
    assert [(refusal.kind, refusal.by) for refusal in resolution.refusals] == [("conflict", "2")]
