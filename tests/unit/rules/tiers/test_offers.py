from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import DAY_MS
from rules.calendar import begin_ms, day_of, write_day
from rules.tiers import Offer, PaidTerm, Sale, find_term_end, sell_term, split_price

ZONE = ZoneInfo("Asia/Shanghai")
JAN_31 = begin_ms(day_of(1_769_817_600_000, ZONE), ZONE)


def test_a_term_of_months_ends_on_the_same_day_or_the_last_one_of_a_shorter_month() -> None:
    noon = JAN_31 + DAY_MS // 2

    assert find_term_end(Offer(100, months=1), noon, ZONE) == JAN_31 + 28 * DAY_MS
    assert find_term_end(Offer(100, months=12), noon, ZONE) == JAN_31 + 365 * DAY_MS
    assert find_term_end(Offer(100, days=30), noon, ZONE) == JAN_31 + 30 * DAY_MS


def sell(*terms: PaidTerm, day: float, months: int = 0, days: int = 365) -> Sale:
    held = {str(place): term for place, term in enumerate(terms)}
    return sell_term("gold", Offer(100, days, months), held, JAN_31 + int(day * DAY_MS), ZONE)


def year(day: int, cancelled: int | None = None) -> PaidTerm:
    cancelled_ms = None if cancelled is None else JAN_31 + cancelled * DAY_MS
    return PaidTerm("gold", JAN_31 + day * DAY_MS, JAN_31 + (day + 365) * DAY_MS, 100, cancelled_ms)


def test_a_term_follows_what_runs_without_a_gap_and_never_what_was_cancelled() -> None:
    assert sell(year(0), year(365), day=9).term == year(730)
    assert sell(year(0), year(365), year(730), day=9).term == year(1095)
    assert sell(year(0, 100), year(365, 101), day=160).term == year(160)
    assert sell(year(0), year(-900), replace(year(100), tier="silver"), day=9).term == year(365)


def test_who_buys_for_a_gap_loses_no_day_of_what_they_paid_for_before() -> None:
    sold = sell(year(0, 100), year(365), year(730), day=160)

    assert sold.term == year(160)
    assert sold.moved == {"1": year(525), "2": year(890)}
    assert sell(year(0, 100), year(600), day=160).moved == {}


def test_terms_of_months_end_on_the_day_of_the_first_one_whatever_months_are_between() -> None:
    first = sell(day=0, months=1, days=0).term
    second = sell(first, day=5, months=1, days=0).term
    third = sell(first, second, day=5, months=1, days=0).term

    assert [write_day(day_of(one.to_ms, ZONE)) for one in (first, second, third)] == [
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
    ]


def test_the_day_that_has_begun_is_used_up_and_what_has_not_begun_is_given_back() -> None:
    term = PaidTerm("gold", JAN_31, JAN_31 + 30 * DAY_MS, 100)

    assert split_price(term, JAN_31 - 1, ZONE) == (0, 100)
    assert split_price(term, JAN_31, ZONE) == (4, 96)
    assert split_price(term, JAN_31 + 29 * DAY_MS, ZONE) == (100, 0)


@given(st.integers(0, 10**9), st.integers(1, 800), st.lists(st.integers(-5, 900), min_size=2, max_size=6))
def test_parts_add_up_to_the_price_and_later_cancellations_give_less_back(
    price_fen: int, days: int, cancelled: list[int]
) -> None:
    term = PaidTerm("gold", JAN_31 + 1000, JAN_31 + days * DAY_MS, price_fen)
    parts = [split_price(term, JAN_31 + day * DAY_MS, ZONE) for day in sorted(cancelled)]

    assert all(part.used_fen + part.refund_fen == price_fen for part in parts)
    assert all(0 <= part.refund_fen <= price_fen for part in parts)
    assert [part.refund_fen for part in parts] == sorted((part.refund_fen for part in parts), reverse=True)
