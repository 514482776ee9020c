from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rules.partition import LiveClaim, resolve

RECORDS = [f"r{number}" for number in range(8)]
BIRTHS = {record: f"id{number}" for number, record in enumerate(RECORDS)}
TYPES = ["phone", "unionid", "email", "masked_phone"]

claims = st.lists(
    st.builds(
        LiveClaim,
        st.sampled_from(RECORDS),
        st.sampled_from([f"i{number}" for number in range(6)]),
        st.sampled_from(TYPES),
    ),
    max_size=20,
)


def partition(evidence: list[LiveClaim], blocked: frozenset[str] = frozenset()) -> set[frozenset[str]]:
    return {group.records for group in resolve(BIRTHS, evidence, blocked=blocked).groups}


def reachable(evidence: list[LiveClaim], blocked: frozenset[str] = frozenset()) -> set[frozenset[str]]:
    """The same by another way: grow each record's set until nothing more is reached."""
    strong = [c for c in evidence if c.type in ("phone", "unionid") and c.identifier not in blocked]
    found = set()
    for record in RECORDS:
        known = {record}
        while True:
            held = {(c.type, c.identifier) for c in strong if c.record in known}
            grown = known | {c.record for c in strong if (c.type, c.identifier) in held}
            if grown == known:
                break
            known = grown
        found.add(frozenset(known))
    return found


@given(claims, st.randoms(use_true_random=False))
def test_the_order_of_evidence_does_not_matter(evidence: list[LiveClaim], random: object) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert resolve(BIRTHS, shuffled) == resolve(BIRTHS, evidence)
    assert resolve(dict(reversed(BIRTHS.items())), evidence) == resolve(BIRTHS, evidence)


@given(claims)
def test_records_are_one_person_exactly_when_strong_identifiers_connect_them(evidence: list[LiveClaim]) -> None:
    assert partition(evidence) == reachable(evidence)


@given(claims, st.sets(st.sampled_from([f"i{number}" for number in range(6)])))
def test_blocked_identifiers_join_nobody(evidence: list[LiveClaim], blocked: set[str]) -> None:
    assert partition(evidence, frozenset(blocked)) == reachable(evidence, frozenset(blocked))


@given(claims)
def test_a_group_carries_the_first_birth_id_of_its_records(evidence: list[LiveClaim]) -> None:
    for group in resolve(BIRTHS, evidence).groups:
        assert group.person_id == min(BIRTHS[record] for record in group.records)


def test_claims_of_other_records_are_ignored() -> None:
    evidence = [LiveClaim("r0", "i", "phone"), LiveClaim("stranger", "i", "phone")]

    assert partition(evidence) == {frozenset({record}) for record in RECORDS}
