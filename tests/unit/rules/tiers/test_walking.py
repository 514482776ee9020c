"""A tier's history: what a programme's words mean, and the laws that hold whatever a person does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import DAY_MS
from rules.calendar import begin_ms, day_of, first_of, month_of
from rules.ledger.expiry import Expiry
from rules.tiers import Edition, Grant, History, Metric, PaidTerm, Purchase, Qualification, Tier, Tiers, walk

ZONE = ZoneInfo("Asia/Shanghai")
START = begin_ms(740_000, ZONE)
YEAR = Expiry("days", 364)


def day(number: float) -> int:
    return START + int(number * DAY_MS)


def by(metric: Metric, silver: int, gold: int, window: Expiry = YEAR, **terms: object) -> Tiers:
    """Three tiers by one metric, and a fourth that is only bought or granted."""
    ladder = (
        Tier("member"),
        Tier("silver", (Qualification(metric, silver, window),)),
        Tier("gold", (Qualification(metric, gold, window),)),
        Tier("black_gold"),
    )
    return replace(Tiers(ladder), **terms)  # type: ignore[arg-type]


def bought(at: float, fen: int = 100, points: int = 0) -> Purchase:
    return Purchase(day(at), fen, "S01", points)


def history(
    tiers: Tiers,
    purchases: Sequence[Purchase] = (),
    grants: Sequence[Grant] = (),
    terms: Sequence[PaidTerm] = (),
    *,
    now: float = 3000,
) -> History:
    return walk([Edition(0, tiers, ZONE, "main@1")], purchases, grants, terms, joined_ms=START, now_ms=day(now))


def tell(found: History) -> list[tuple[str, float, str]]:
    return [(stay.tier, (stay.from_ms - START) / DAY_MS, stay.why) for stay in found.stays]


def test_who_buys_enough_rises_at_once_and_falls_when_the_window_has_passed() -> None:
    found = history(by("spend", 100, 300), [bought(1.5), bought(10.25, 200)])

    assert tell(found) == [
        ("member", 0, "joined"),
        ("silver", 1.5, "upgraded"),
        ("gold", 10.25, "upgraded"),
        ("silver", 366, "downgraded"),
        ("member", 375, "downgraded"),
    ]
    assert found.stays[2].rule == "main@1/spend 300 in 365 days"


def test_a_downgrade_is_announced_and_takes_effect_after_the_notice_unless_requalified() -> None:
    tiers = by("spend", 100, 300, notice_days=30)

    announced = history(tiers, [bought(0.5)], now=370)
    saved = history(tiers, [bought(0.5), bought(380)], now=500)

    assert announced.notice is not None
    assert (announced.notice.tier, announced.notice.announced_ms, announced.due_ms) == ("member", day(365), day(395))
    assert history(tiers, [bought(0.5)], now=364).notice is None
    assert tell(saved)[-1] == ("silver", 0.5, "upgraded")


def test_by_balance_falls_to_what_is_still_met_and_one_step_falls_step_by_step() -> None:
    purchases = [bought(0.5, 300)]

    at_once = history(by("spend", 100, 300, notice_days=10, downgrade="by_balance"), purchases)
    in_steps = history(by("spend", 100, 300, notice_days=10, downgrade="one_step"), purchases)

    assert tell(at_once)[2:] == [("member", 375, "downgraded")]
    assert tell(in_steps)[2:] == [("silver", 375, "downgraded"), ("member", 385, "downgraded")]


def test_a_calendar_window_ends_with_the_programmes_year() -> None:
    year, _ = month_of(day_of(START, ZONE))

    found = history(by("orders", 1, 2, Expiry("year", 0)), [bought(1), bought(2)], now=200)

    assert tell(found)[-1] == ("gold", 2, "upgraded")
    assert found.due_ms == begin_ms(first_of(year + 1, 1), ZONE)


def test_visits_are_days_of_the_programmes_zone_and_refunded_orders_are_none() -> None:
    same_day = [bought(1.1), bought(1.2), bought(1.9), bought(2.5, 0)]

    assert tell(history(by("visits", 2, 3), same_day, now=5)) == [("member", 0, "joined")]
    assert tell(history(by("visits", 2, 3), [*same_day, bought(2)], now=5))[-1] == ("silver", 2, "upgraded")
    assert tell(history(by("points", 2, 3), [bought(1, 0, 2)], now=5))[-1] == ("silver", 1, "upgraded")


def test_the_highest_of_what_was_earned_bought_and_granted_counts_and_an_end_is_an_end() -> None:
    grants = [Grant("gold", day(5), day(20), "lin", "complaint 7"), Grant("retired", day(1))]
    terms = [PaidTerm("black_gold", day(8), day(30), 100, cancelled_ms=day(10))]

    found = history(by("spend", 100, 300), [bought(1)], grants, terms, now=100)

    assert tell(found) == [
        ("member", 0, "joined"),
        ("silver", 1, "upgraded"),
        ("gold", 5, "granted"),
        ("black_gold", 8, "bought"),
        ("gold", 10, "ended"),
        ("silver", 20, "ended"),
    ]
    assert found.stays[2].rule == "lin: complaint 7"


def test_progress_is_towards_the_next_tier_that_can_be_reached_by_buying() -> None:
    tiers = by("spend", 100, 300)

    [some] = history(tiers, [bought(1, 99), bought(2, 51)], now=5).progress

    assert (some.tier, some.metric, some.have, some.least) == ("gold", "spend", 150, 300)
    assert history(tiers, [bought(1, 300)], now=5).progress == ()
    assert history(tiers, now=5).progress[0].tier == "silver"


def test_purchases_from_before_the_membership_count_once_it_begins() -> None:
    edition = Edition(0, by("spend", 100, 300), ZONE, "main@1")
    found = walk([edition], [bought(1)], (), (), joined_ms=day(7), now_ms=day(9))

    assert tell(found) == [("silver", 7, "upgraded")]
    assert found.tier_at(day(6)) is None


def by_editions(*tiers: tuple[float, Tiers], now: float = 3000, bought_at: Sequence[Purchase] = ()) -> History:
    editions = [Edition(day(at), one, ZONE, f"main@{place}") for place, (at, one) in enumerate(tiers)]
    return walk(editions, bought_at, (), (), joined_ms=START, now_ms=day(now))


def test_another_ladder_changes_nothing_of_what_was_and_is_named_by_what_it_does() -> None:
    old, new = by("spend", 100, 300), by("spend", 100, 900)
    purchases = [bought(1, 300), bought(50, 600)]

    before = by_editions((0, old), now=39, bought_at=purchases[:1])
    found = by_editions((0, old), (40, new), now=60, bought_at=purchases)

    assert found.stays[: len(before.stays)] == before.stays
    assert tell(found)[1:] == [("gold", 1, "upgraded"), ("silver", 40, "downgraded"), ("gold", 50, "upgraded")]
    assert [stay.rule.partition("/")[0] for stay in found.stays[1:]] == ["main@0", "main@0", "main@1"]


def test_who_loses_by_another_ladder_keeps_their_tier_for_the_notice() -> None:
    old, new = by("spend", 100, 300, notice_days=30), by("spend", 100, 900)

    announced = by_editions((0, old), (40, new), now=41, bought_at=[bought(1, 300)])

    assert announced.tier_at(day(41)) == "gold"
    assert announced.notice is not None
    assert (announced.notice.tier, announced.notice.announced_ms, announced.due_ms) == ("silver", day(40), day(70))


def test_a_tier_that_another_ladder_has_no_more_ends_with_it_and_a_lower_bar_lifts() -> None:
    old = by("spend", 100, 300)
    short, low = replace(old, ladder=old.ladder[:2]), by("spend", 10, 50)

    assert tell(by_editions((0, old), (40, short), now=60, bought_at=[bought(1, 300)]))[1:] == [
        ("gold", 1, "upgraded"),
        ("silver", 40, "downgraded"),
    ]
    lifted = by_editions((0, old), (40, low), now=60, bought_at=[bought(1, 60)])
    assert (tell(lifted)[1:], lifted.stays[-1].rule) == ([("gold", 40, "upgraded")], "main@1/spend 50 in 365 days")


def test_everybodys_tier_may_have_another_name() -> None:
    old = by("spend", 100, 300)
    renamed = replace(old, ladder=(Tier("basic"), *old.ladder[1:]))

    assert tell(by_editions((0, old), (40, renamed), now=60)) == [("member", 0, "joined"), ("basic", 40, "joined")]


PURCHASES = st.lists(
    st.builds(bought, st.floats(0, 900).map(lambda at: round(at, 2)), st.integers(0, 200), st.integers(0, 200)),
    max_size=15,
)
_TIER = st.sampled_from(["silver", "gold", "black_gold"])
GRANTS = st.lists(
    st.builds(
        lambda tier, at, length, reason: Grant(tier, day(at), day(at + length), "lin", reason),
        _TIER,
        st.integers(0, 900),
        st.integers(1, 400),
        st.sampled_from("ab"),
    ),
    max_size=3,
)
TERMS = st.lists(
    st.builds(
        lambda tier, at, length, price: PaidTerm(tier, day(at), day(at + length), price),
        _TIER,
        st.integers(0, 900),
        st.integers(1, 400),
        st.integers(0, 3),
    ),
    max_size=3,
)
TIERS = st.builds(
    lambda metric, silver, more, window, downgrade, notice_days: by(
        metric, silver, silver + more, window, downgrade=downgrade, notice_days=notice_days
    ),
    st.sampled_from(["spend", "orders", "points", "visits"]),
    st.integers(1, 200),
    st.integers(0, 200),
    st.builds(Expiry, st.sampled_from(["never", "days", "month", "year"]), st.integers(0, 40)),
    st.sampled_from(["one_step", "by_balance"]),
    st.integers(0, 60),
)
_INSTANTS = st.lists(st.integers(0, 1500).map(day), max_size=8)


@settings(max_examples=150, deadline=None)
@given(TIERS, PURCHASES, GRANTS, TERMS, st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_matter(
    tiers: Tiers, purchases: list[Purchase], grants: list[Grant], terms: list[PaidTerm], random: object
) -> None:
    mixed = [sorted(given, key=lambda _: random.random()) for given in (purchases, grants, terms)]  # type: ignore[attr-defined]

    assert history(tiers, *mixed) == history(tiers, purchases, grants, terms)  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(TIERS, PURCHASES, GRANTS, TERMS, st.integers(0, 1200))
def test_what_was_known_by_an_instant_gives_the_history_up_to_it_however_late_it_is_told(
    tiers: Tiers, purchases: list[Purchase], grants: list[Grant], terms: list[PaidTerm], now: int
) -> None:
    until = day(now)
    late = history(tiers, purchases, grants, terms)
    punctual = history(
        tiers,
        [one for one in purchases if one.at_ms <= until],
        [one for one in grants if one.from_ms <= until],
        [one for one in terms if one.from_ms <= until],
        now=now,
    )

    assert punctual.stays == tuple(stay for stay in late.stays if stay.from_ms <= until)


@settings(max_examples=150, deadline=None)
@given(TIERS, TIERS, PURCHASES, st.integers(1, 900), st.integers(0, 1200))
def test_what_is_published_later_changes_no_instant_before(
    old: Tiers, new: Tiers, purchases: list[Purchase], published: int, now: int
) -> None:
    instant = min(now, published - 1)
    alone = by_editions((0, old), now=instant, bought_at=purchases)
    both = by_editions((0, old), (published, new), bought_at=purchases)

    assert alone.stays == tuple(stay for stay in both.stays if stay.from_ms <= day(instant))


@settings(max_examples=150, deadline=None)
@given(TIERS, PURCHASES, st.integers(1, 900))
def test_the_same_ladder_published_again_changes_no_tier(
    tiers: Tiers, purchases: list[Purchase], published: int
) -> None:
    once, twice = (
        by_editions((0, tiers), bought_at=purchases),
        by_editions((0, tiers), (published, tiers), bought_at=purchases),
    )

    assert tell(once) == tell(twice)


@settings(max_examples=150, deadline=None)
@given(TIERS, PURCHASES, GRANTS, TERMS, st.integers(0, 1200), _INSTANTS)
def test_what_lies_ahead_is_what_comes_if_nothing_happens(
    tiers: Tiers, purchases: list[Purchase], grants: list[Grant], terms: list[PaidTerm], now: int, instants: list[int]
) -> None:
    early, late = history(tiers, purchases, grants, terms, now=now), history(tiers, purchases, grants, terms)

    assert [early.at(one) for one in instants] == [late.at(one) for one in instants]


@settings(max_examples=150, deadline=None)
@given(TIERS, PURCHASES, PURCHASES, _INSTANTS)
def test_more_purchases_lower_the_tier_at_no_instant(
    tiers: Tiers, purchases: list[Purchase], more: list[Purchase], instants: list[int]
) -> None:
    less, all_of_them = history(tiers, purchases), history(tiers, [*purchases, *more])
    turns = [stay.from_ms for stay in (*less.stays, *all_of_them.stays)]

    for at_ms in (*instants, *turns):
        assert (tiers.rank(all_of_them.tier_at(at_ms) or "") or 0) >= (tiers.rank(less.tier_at(at_ms) or "") or 0)


@settings(max_examples=100, deadline=None)
@given(TIERS, PURCHASES)
def test_a_purchase_in_two_parts_spends_as_much(tiers: Tiers, purchases: list[Purchase]) -> None:
    parts = [
        part
        for one in purchases
        for part in (replace(one, points=0), replace(one, amount_fen=0))
        if tiers.ladder[1].qualify[0].metric in ("spend", "points")
    ]
    if parts:
        assert history(tiers, parts) == history(tiers, purchases)


@settings(max_examples=100, deadline=None)
@given(TIERS, PURCHASES, GRANTS, TERMS)
def test_neighbouring_stays_differ_and_only_downgrades_are_announced_before_they_come(
    tiers: Tiers, purchases: list[Purchase], grants: list[Grant], terms: list[PaidTerm]
) -> None:
    stays = history(tiers, purchases, grants, terms).stays

    assert all(one.tier != other.tier for one, other in pairwise(stays))
    for stay in stays:
        assert (stay.announced_ms is not None) == (stay.why == "downgraded")
        assert stay.announced_ms is None or stay.announced_ms <= stay.from_ms
