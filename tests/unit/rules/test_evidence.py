from __future__ import annotations

import random
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import Claim, Stated
from rules.evidence import MAX_STATED, Assertion, merge_profile, weave

assertions = st.lists(
    st.builds(
        Assertion,
        st.just("phone"),
        st.just(""),
        st.sampled_from("PQR"),
        st.builds(Stated, st.integers(1, 9), st.sampled_from("ab"), st.booleans()),
    ),
    max_size=12,
)


def said(identifier: str, instant: int, source: str = "file", *, verified: bool = False) -> Assertion:
    return Assertion("phone", "", identifier, Stated(instant, source, verified))


def spans(claims: frozenset[Claim]) -> set[tuple[str, int, int | None]]:
    return {(claim.identifier, claim.valid_from_ms, claim.valid_to_ms) for claim in claims}


def test_another_value_ends_the_old_claim_and_keeps_it() -> None:
    claims = weave((), [said("P", 1), said("Q", 5)])

    assert spans(claims) == {("P", 1, 5), ("Q", 5, None)}


def test_a_late_assertion_finds_its_place() -> None:
    claims = weave(weave((), [said("P", 1), said("Q", 5)]), [said("R", 3)])

    assert spans(claims) == {("P", 1, 3), ("R", 3, 5), ("Q", 5, None)}


def test_a_value_that_comes_back_is_a_second_claim() -> None:
    claims = weave((), [said("P", 1), said("Q", 3), said("P", 6)])

    assert spans(claims) == {("P", 1, 3), ("Q", 3, 6), ("P", 6, None)}


def test_a_late_assertion_within_a_claim_splits_it() -> None:
    claims = weave(weave((), [said("P", 1), said("P", 9)]), [said("Q", 5)])

    assert spans(claims) == {("P", 1, 5), ("Q", 5, 9), ("P", 9, None)}


def test_values_stated_at_one_instant_are_live_together() -> None:
    claims = weave((), [said("P", 4), said("Q", 4)])

    assert spans(claims) == {("P", 4, None), ("Q", 4, None)}


def test_slots_do_not_end_each_other() -> None:
    claims = weave((), [said("P", 1), Assertion("openid", "app", "O", Stated(5))])

    assert all(claim.live for claim in claims)


def test_source_and_proof_go_with_the_claim_that_they_were_given_for() -> None:
    evidence = [said("X", 10, "z"), said("X", 20, "a", verified=True), said("Y", 15)]

    for order in permutations(evidence):
        claims: frozenset[Claim] = frozenset()
        for assertion in order:
            claims = weave(claims, [assertion])
        found = {(one.valid_from_ms, one.source, one.verified) for one in claims if one.identifier == "X"}
        assert found == {(10, "z", False), (20, "a", True)}


def test_of_two_statements_at_one_instant_the_proof_counts() -> None:
    [claim] = weave((), [said("X", 10, "a"), said("X", 10, "b", verified=True)])

    assert [(one.source, one.verified) for one in claim.stated] == [("a", True)]


def test_a_claim_that_is_stated_for_ever_stays_bounded() -> None:
    claims: frozenset[Claim] = frozenset()
    for instant in range(1000):
        claims = weave(claims, [said("P", instant)])

    [claim] = claims
    assert len(claim.stated) == MAX_STATED
    assert (claim.valid_from_ms, claim.observed_ms) == (0, 999)
    assert weave(claims, [said("P", 5)]) == claims


@given(assertions)
def test_saying_it_again_changes_nothing(evidence: list[Assertion]) -> None:
    claims = weave((), evidence)

    assert weave(claims, evidence) == claims
    for assertion in evidence:
        assert weave(claims, [assertion]) == claims
    assert weave(claims, ()) == claims


@given(assertions, st.integers(0, 2**32), st.integers(1, 4))
def test_claims_do_not_depend_on_order_or_grouping(evidence: list[Assertion], seed: int, size: int) -> None:
    shuffled = list(evidence)
    random.Random(seed).shuffle(shuffled)
    claims: frozenset[Claim] = frozenset()
    for start in range(0, len(shuffled), size):
        claims = weave(claims, shuffled[start : start + size])

    assert claims == weave((), evidence)
    live = {claim.identifier for claim in claims if claim.live}
    last = max((one.stated.at_ms for one in evidence), default=0)
    assert live == {one.identifier for one in evidence if one.stated.at_ms == last}


@given(assertions)
def test_claims_of_one_identifier_never_overlap(evidence: list[Assertion]) -> None:
    claims = sorted(weave((), evidence), key=lambda claim: (claim.identifier, claim.valid_from_ms))

    for earlier, later in pairwise(claims):
        if earlier.identifier == later.identifier:
            assert earlier.valid_to_ms is not None
            assert earlier.valid_from_ms <= earlier.observed_ms < earlier.valid_to_ms <= later.valid_from_ms


profiles = st.dictionaries(st.sampled_from(["name", "city"]), st.tuples(st.text(max_size=2), st.integers(1, 3)))


@given(profiles, profiles, profiles)
def test_profiles_merge_alike_in_any_order(one: dict, two: dict, three: dict) -> None:  # type: ignore[type-arg]
    forwards = merge_profile(merge_profile(one, two), three)
    backwards = merge_profile(three, merge_profile(two, one))

    assert forwards == backwards
    assert merge_profile(forwards, two) == forwards
