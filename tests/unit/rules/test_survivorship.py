from __future__ import annotations

import random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.policy import Criterion, FieldPolicy, Policy
from rules.survivorship import Pin, SourceProfile, Survivor, choose_golden

RECENT: Final = Policy(types={})
PIN: Final = Pin("王五", "erp|2", "li", "seen the passport", 9)
CRITERIA: Final[tuple[Criterion, ...]] = ("source", "verified", "recent")


def said(record: str, *, verified: bool = False, **fields: tuple[str, int]) -> SourceProfile:
    return SourceProfile(record, record.partition("|")[0], verified, fields)


def trusting(*sources: str, criteria: tuple[Criterion, ...] = CRITERIA) -> Policy:
    return Policy(types={}, fields={"name": FieldPolicy(criteria, sources)})


profiles = st.lists(
    st.builds(
        SourceProfile,
        record=st.sampled_from(["pos|1", "erp|2", "wechat:mini|3", "pos:kiosk|4"]),
        system=st.sampled_from(["pos", "erp", "wechat:mini", "pos:kiosk"]),
        verified=st.booleans(),
        profile=st.dictionaries(
            st.sampled_from(["name", "city"]), st.tuples(st.sampled_from("xyz"), st.integers(1, 3))
        ),
    ),
    max_size=4,
    unique_by=lambda one: one.record,
)
policies = st.builds(
    trusting,
    st.sampled_from(["pos", "pos:kiosk", "erp"]),
    criteria=st.permutations(CRITERIA).flatmap(lambda order: st.integers(1, 3).map(lambda n: tuple(order[:n]))),
)


def test_the_most_recent_statement_survives_with_its_record() -> None:
    golden = choose_golden(
        [said("pos|1", name=("张伟", 5), city=("上海", 1)), said("erp|2", name=("张先生", 3))], RECENT
    )

    assert golden == [Survivor("city", "上海", "pos|1", 1, "only"), Survivor("name", "张伟", "pos|1", 5, "recent")]


def test_of_two_at_one_instant_the_first_record_survives() -> None:
    [survivor] = choose_golden([said("pos|1", name=("b", 5)), said("erp|2", name=("a", 5))], RECENT)

    assert survivor == Survivor("name", "a", "erp|2", 5, "recent")


@pytest.mark.parametrize(
    ("sources", "value", "why"),
    [
        (("erp", "pos"), "erp's", "source"),
        (("pos", "erp"), "till's", "recent"),  # both tills are of the kind pos, the later one wins
        (("pos:kiosk", "pos"), "kiosk's", "source"),
        ((), "till's", "recent"),
    ],
)
def test_the_most_trusted_source_survives_by_system_or_by_kind(sources: tuple[str, ...], value: str, why: str) -> None:
    profiles = [
        said("pos:kiosk|1", name=("kiosk's", 1)),
        said("pos:till|2", name=("till's", 3)),
        said("erp|3", name=("erp's", 2)),
    ]

    [survivor] = choose_golden(profiles, trusting(*sources))

    assert (survivor.value, survivor.why) == (value, why)


def test_a_source_that_is_not_listed_comes_after_all_that_are() -> None:
    [survivor] = choose_golden([said("tmall|1", name=("a", 9)), said("erp|2", name=("b", 1))], trusting("erp"))

    assert (survivor.value, survivor.why) == ("b", "source")


def test_a_verified_record_survives_a_later_one_without_proof() -> None:
    profiles = [said("pos|1", name=("a", 9)), said("pos|2", verified=True, name=("b", 1))]

    [survivor] = choose_golden(profiles, trusting("pos"))

    assert (survivor.value, survivor.record, survivor.why) == ("b", "pos|2", "verified")


def test_a_criterion_that_leaves_one_value_in_several_records_decided() -> None:
    profiles = [said("erp|1", name=("a", 1)), said("erp|2", name=("a", 5)), said("pos|3", name=("b", 9))]

    [survivor] = choose_golden(profiles, trusting("erp"))

    assert (survivor.value, survivor.record, survivor.why) == ("a", "erp|2", "source")


def test_what_nobody_contradicts_is_the_only_value() -> None:
    [survivor] = choose_golden([said("erp|1", name=("a", 1)), said("pos|2", name=("a", 5))], RECENT)

    assert survivor == Survivor("name", "a", "pos|2", 5, "only")


def test_a_pin_outranks_every_record() -> None:
    [survivor] = choose_golden([said("erp|2", name=("李四", 99))], trusting("erp"), {"name": PIN})

    assert survivor == Survivor("name", "王五", "erp|2", 9, "pin")


def test_a_pin_stands_where_no_record_speaks() -> None:
    golden = choose_golden([said("erp|2", city=("上海", 1))], RECENT, {"name": Pin("王五", None, "li", "told us", 9)})

    assert [(one.field, one.record, one.why) for one in golden] == [("city", "erp|2", "only"), ("name", None, "pin")]


def test_nobody_says_nothing() -> None:
    assert choose_golden([], RECENT) == []


@given(profiles, policies, st.integers(0, 2**32))
def test_the_order_of_records_does_not_matter(said: list[SourceProfile], policy: Policy, seed: int) -> None:
    shuffled = list(said)
    random.Random(seed).shuffle(shuffled)

    assert choose_golden(shuffled, policy) == choose_golden(said, policy)


@given(profiles, policies)
def test_every_survivor_is_a_value_that_its_record_states(said: list[SourceProfile], policy: Policy) -> None:
    stated = {one.record: one.profile for one in said}

    golden = choose_golden(said, policy)

    assert [one.field for one in golden] == sorted({field for one in said for field in one.profile})
    assert all(stated[one.record or ""][one.field] == (one.value, one.observed_ms) for one in golden)
