from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import DAY_MS
from rules.calendar import begin_ms, day_of
from rules.tiers import Offer, PaidTerm, find_term_end, split_price

ZONE = ZoneInfo("Asia/Shanghai")
JAN_31 = begin_ms(day_of(1_769_817_600_000, ZONE), ZONE)


def test_a_term_of_months_ends_on_the_same_day_or_the_last_one_of_a_shorter_month() -> None:
    noon = JAN_31 + DAY_MS // 2

    assert find_term_end(Offer(100, months=1), noon, ZONE) == JAN_31 + 28 * DAY_MS
    assert find_term_end(Offer(100, months=12), noon, ZONE) == JAN_31 + 365 * DAY_MS
    assert find_term_end(Offer(100, days=30), noon, ZONE) == JAN_31 + 30 * DAY_MS


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
