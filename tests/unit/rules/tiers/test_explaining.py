"""Why somebody has a tier: it comes to what the walk through their history comes to."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.tiers import Edition, Explanation, Grant, PaidTerm, Purchase, Tiers, explain_tier
from tests.unit.rules.tiers.test_walking import (
    GRANTS,
    PURCHASES,
    TERMS,
    TIERS,
    ZONE,
    bought,
    by,
    by_editions,
    day,
    history,
)


def explain(
    tiers: Tiers,
    purchases: Sequence[Purchase] = (),
    grants: Sequence[Grant] = (),
    terms: Sequence[PaidTerm] = (),
    *,
    now: float,
) -> Explanation:
    editions = [Edition(0, tiers, ZONE, "main@1")]
    given = {f"g{place}": one for place, one in enumerate(grants)}
    sold = {f"t{place}": one for place, one in enumerate(terms)}
    known = [one for one in purchases if one.at_ms <= day(now)]
    return explain_tier(editions, known, given, sold, now_ms=day(now))


def test_all_that_gives_a_tier_is_told_and_which_of_it_decides() -> None:
    grants = [Grant("gold", day(5), day(20), "lin", "complaint 7"), Grant("retired", day(1)), Grant("gold", day(90))]
    terms = [PaidTerm("silver", day(8), day(30), 100)]

    found = explain(by("spend", 100, 300, notice_days=9), [bought(1), bought(2)], grants, terms, now=10)

    assert (found.tier, found.version) == ("gold", "main@1")
    assert [(one.tier, one.why, one.source, one.decides) for one in found.grounds] == [
        ("silver", "bought", "t0", False),
        ("silver", "upgraded", "", False),
        ("gold", "granted", "g0", True),
    ]
    earned = found.grounds[1].span
    assert (earned.from_ms, earned.lapse_ms, earned.to_ms) == (day(1), day(367), day(376))
    assert earned.rule == "main@1/spend 100 in 365 days"


def test_what_counts_is_told_with_when_it_ceases_to_and_what_is_missing() -> None:
    silver, gold = explain(by("spend", 100, 300), [bought(2.5, 20), bought(1, 99)], now=5).tallies
    later = explain(by("spend", 100, 300), [bought(2.5, 20), bought(1, 99)], now=366.5).tallies

    assert [(one.from_ms, one.to_ms, one.amount) for one in silver.counted] == [
        (day(1), day(366), 99),
        (day(2.5), day(367), 20),
    ]
    assert (silver.have, silver.missing, gold.have, gold.missing) == (119, 0, 119, 181)
    assert [(one.have, one.missing) for one in later] == [(20, 80), (20, 280)]


def test_who_has_everybodys_tier_has_it_without_ground() -> None:
    found = explain(by("spend", 100, 300), now=5)

    assert (found.tier, found.grounds) == ("member", ())


@settings(max_examples=150, deadline=None)
@given(TIERS, PURCHASES, GRANTS, TERMS, st.integers(0, 1200))
def test_the_tier_is_that_of_the_history_and_the_way_to_the_next_is_the_same(
    tiers: Tiers, purchases: list[Purchase], grants: list[Grant], terms: list[PaidTerm], now: int
) -> None:
    walked, found = history(tiers, purchases, grants, terms, now=now), explain(tiers, purchases, grants, terms, now=now)

    assert found.tier == (walked.current.tier if walked.current else None)
    assert {one.tier for one in found.grounds if one.decides} == ({found.tier} - {"member"})
    assert sum(one.decides for one in found.grounds) <= 1
    told = [(one.tier, one.qualification.metric, one.have, one.qualification.least) for one in found.tallies]
    assert set(walked.progress) <= set(told)


@settings(max_examples=150, deadline=None)
@given(TIERS, PURCHASES, st.integers(0, 1200))
def test_a_qualification_that_is_met_gives_its_tier(tiers: Tiers, purchases: list[Purchase], now: int) -> None:
    found = explain(tiers, purchases, now=now)

    assert {one.tier for one in found.tallies if not one.missing} <= {one.tier for one in found.grounds}


@settings(max_examples=100, deadline=None)
@given(TIERS, TIERS, PURCHASES, st.integers(1, 900), st.integers(0, 1200))
def test_an_earlier_version_explains_what_was_by_it(
    old: Tiers, new: Tiers, purchases: list[Purchase], published: int, now: int
) -> None:
    editions = [Edition(day(0), old, ZONE, "main@0"), Edition(day(published), new, ZONE, "main@1")]
    known = [one for one in purchases if one.at_ms <= day(now)]

    found = explain_tier(editions, known, {}, {}, now_ms=day(now))

    walked = by_editions((0, old), (published, new), now=now, bought_at=known)
    assert (found.tier, found.version) == (walked.tier_at(day(now)), f"main@{int(now >= published)}")
