from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import DAY_MS
from rules.benefits import (
    Benefit,
    Benefits,
    CodeList,
    CouponKind,
    Entitlement,
    PriceList,
    Use,
    find_allowances,
    find_article,
    find_discount,
    find_price,
    find_shares,
)

ZONE = ZoneInfo("Asia/Shanghai")
JUNE_1 = 1_780_243_200_000  # 2026-06-01 in Shanghai
BENEFITS = Benefits(
    {
        "service": Benefit("service", ("gold",), "month", 2),
        "cake": Benefit("cake", ("gold", "silver"), "birthday_month"),
        "gift": Benefit("gift", (), "once"),
    }
)


def left(tier: str, uses: list[Use], *own: Entitlement, at: int, birthday: str | None = None) -> dict[str, int]:
    found = find_allowances(BENEFITS, tier, own, uses, birthday=birthday, now_ms=at, zone=ZONE)
    return {one.benefit + one.source: one.left for one in found}


def test_a_quota_is_a_periods_and_begins_anew_with_the_next() -> None:
    uses = [Use("service", JUNE_1), Use("service", JUNE_1 + 1), Use("service", JUNE_1 + 2)]

    assert left("gold", uses, at=JUNE_1 - 1) == {"service": 2}
    assert left("gold", uses[:1], at=JUNE_1 + DAY_MS) == {"service": 1}
    assert left("gold", uses, at=JUNE_1 + 29 * DAY_MS) == {"service": 0}
    assert left("gold", uses, at=JUNE_1 + 30 * DAY_MS) == {"service": 2}


def test_a_use_that_was_given_back_counts_until_then_alone() -> None:
    uses = [Use("service", JUNE_1, "", JUNE_1 + 9), Use("service", JUNE_1 + 1)]

    assert left("gold", uses, at=JUNE_1 + DAY_MS) == {"service": 1}
    assert left("gold", [use.as_of(JUNE_1 + 8) for use in uses], at=JUNE_1 + DAY_MS) == {"service": 0}


def test_a_birthday_benefit_is_there_in_the_month_of_the_birthday_alone() -> None:
    assert left("silver", [], at=JUNE_1, birthday="1990-06-30") == {"cake": 1}
    assert left("silver", [], at=JUNE_1 - 1, birthday="1990-06-30") == {}
    assert left("silver", [], at=JUNE_1) == {}


def test_who_has_another_birthday_said_gets_no_second_gift_in_the_same_year() -> None:
    used = [Use("cake", JUNE_1 - 60 * DAY_MS)]

    assert left("silver", used, at=JUNE_1, birthday="1990-06-30") == {"cake": 0}
    assert left("silver", used, at=JUNE_1 + 366 * DAY_MS, birthday="1990-06-30") == {"cake": 1}


def test_what_was_given_to_a_person_alone_is_theirs_whatever_their_tier() -> None:
    own = Entitlement("cli|k1", "gift", 2, JUNE_1, JUNE_1 + DAY_MS)

    assert left("member", [Use("gift", JUNE_1, "cli|k1")], own, at=JUNE_1) == {"giftcli|k1": 1}
    assert left("member", [], own, at=JUNE_1 + DAY_MS) == {}


def test_a_coupon_takes_off_what_it_is_worth_and_never_more_than_the_purchase() -> None:
    assert find_discount(CouponKind("a", worth_fen=2000), 1500) == 1500
    assert find_discount(CouponKind("a", worth_fen=2000, least_fen=1501), 1500) is None
    assert find_discount(CouponKind("a", percent=15, most_fen=100), 333) == 49
    assert find_discount(CouponKind("a", percent=15, most_fen=100), 3333) == 100
    assert find_discount(CouponKind("a", worth_fen=2000), 0) is None


@given(
    st.dictionaries(st.sampled_from(["hq", "store", "bakery", "bank"]), st.integers(1, 1000), min_size=1),
    st.integers(0, 10**9),
)
def test_what_parties_bear_adds_up_to_the_discount(funding: dict[str, int], discount_fen: int) -> None:
    shares = find_shares(CouponKind("a", worth_fen=1, funding=funding), discount_fen)

    assert sum(shares.values()) == discount_fen
    assert all(abs(shares[one] - discount_fen * funding[one] / sum(funding.values())) <= 1 for one in funding)


def test_common_prices_and_codes_hold_in_the_places_that_they_name() -> None:
    prices = [PriceList(frozenset({"S01", "tmall"}), {"TEA": 990}), PriceList(frozenset({"S01"}), {"TEA": 880})]
    codes = [CodeList({"690001": {"tmall": "T-9", "bakery": "B-1"}})]

    assert find_price(prices, "TEA", "S01") == 880
    assert find_price(prices, "TEA", "tmall") == 990
    assert find_price(prices, "TEA", "F01") is None
    assert (find_article(codes, "690001", "bakery"), find_article(codes, "690001", "S01")) == ("B-1", None)
