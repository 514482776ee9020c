"""What orders earn: exact, whole, shared out without a remainder, and never more than is allowed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.core.errors import InvalidInput
from rules.earning import (
    Award,
    Buyer,
    Earning,
    Fixed,
    PaidLine,
    PaidOrder,
    Percent,
    PerFen,
    PerItem,
    Rule,
    work_out,
)
from rules.earning.sharing_out import share_out

ZONE = ZoneInfo("Asia/Shanghai")
NOON_MS = 1_781_755_200_000  # Thursday, 2026-06-18 12:00 in Shanghai
NOBODY = Buyer()
BASE = Rule("base", PerFen(1, 100))


def line(number: int, amount_fen: int, sku: str = "", quantity: int = 1) -> PaidLine:
    return PaidLine(str(number), sku, "", quantity, amount_fen)


def order(amount_fen: int, *lines: PaidLine, **changes: Any) -> PaidOrder:
    return replace(PaidOrder("tmall:flagship", "T1", None, NOON_MS, amount_fen, lines), **changes)


def earn(bought: PaidOrder, *rules: Rule, buyer: Buyer = NOBODY, earned_today: int = 0, **caps: int) -> Award:
    return work_out(Earning(rules, **caps), bought, buyer, ZONE, earned_today=earned_today)


def test_points_per_fen_are_rounded_down_once_over_the_whole_order() -> None:
    bought = order(1_050, line(1, 350), line(2, 350), line(3, 350))

    assert earn(bought, BASE) == Award(10, {"1": 4, "2": 3, "3": 3}, ("base",))


def test_an_order_without_lines_earns_for_itself() -> None:
    assert earn(order(19_990), BASE) == Award(199, {"": 199}, ("base",))
    assert earn(order(19_990), replace(BASE, each="line")) == Award(199, {"": 199}, ("base",))


def test_an_order_earns_by_its_total_and_a_line_by_its_own() -> None:
    discounted = order(8_000, line(1, 9_000), line(2, 1_000))

    assert earn(discounted, BASE).by_line == {"1": 72, "2": 8}
    assert earn(discounted, replace(BASE, each="line")).by_line == {"1": 90, "2": 10}


def test_percentages_each_add_their_surplus_of_the_base() -> None:
    gold, birthday = Rule("gold", Percent(150)), Rule("birthday", Percent(200))
    gift = Rule("gift", Fixed(7))

    assert earn(order(10_000), BASE, gold).amount == 150
    assert earn(order(10_000), BASE, gold, birthday).amount == 250
    assert earn(order(10_000), gift, birthday, gold, BASE).amount == 257
    assert earn(order(10_000), BASE, Rule("none", Percent(0))).amount == 0


def test_a_rule_on_lines_counts_for_those_where_it_holds() -> None:
    bought = order(30_000, line(1, 10_000, "TEA-1", 2), line(2, 20_000, "CUP-1"))
    tea = "line.sku.startsWith('TEA')"

    doubled = earn(bought, BASE, Rule("tea", Percent(200), "line", tea))
    pieces = earn(bought, Rule("tea", PerItem(50, 1), "line", tea))
    once = earn(bought, Rule("tea", Fixed(50), "line", tea))

    assert doubled.by_line == {"1": 200, "2": 200}
    assert pieces.by_line == {"1": 100, "2": 0}
    assert once.by_line == {"1": 50, "2": 0}


@pytest.mark.parametrize(
    "when",
    [
        "order.system == 'tmall:flagship' && order.channel == 'tmall'",
        "order.store == 'S1'",
        "order.amount_fen == 30000 && order.quantity == 3 && order.lines == 2",
        "'TEA-1' in order.skus && size(order.skus) == 2",
        "order.date == '2026-06-18' && order.month == 6 && order.day == 18",
        "order.weekday == 4 && order.hour == 12",
        "buyer.tier == 'gold' && buyer.member_days == 30",
        "buyer.birthday_month == 6 && buyer.birthday_day == 1",
    ],
)
def test_conditions_know_the_order_and_its_buyer_in_the_programmes_time(when: str) -> None:
    bought = order(30_000, line(1, 10_000, "TEA-1", 2), line(2, 20_000, "CUP-1"), store="S1")
    # Less than so many times 24 hours, and so many days of the calendar.
    buyer = Buyer("gold", NOON_MS - 30 * 86_400_000 + 36_000_000, "1990-06-01")

    assert earn(bought, Rule("one", Fixed(1), when=when), buyer=buyer).amount == 1
    assert earn(bought, Rule("one", Fixed(1), when=f"!({when})"), buyer=buyer).amount == 0


def test_of_an_unknown_buyer_everything_is_empty() -> None:
    when = "buyer.tier == '' && buyer.member_days == 0 && buyer.birthday_month == 0 && order.store == ''"

    assert earn(order(100), Rule("one", Fixed(1), when=when)).amount == 1


def test_of_a_group_only_the_best_counts_and_of_equal_ones_the_first() -> None:
    rules = [Rule(str(points), Fixed(points), best_of="gift") for points in (5, 9, 9)]
    rules = [replace(rule, id=f"r{place}") for place, rule in enumerate(rules)]

    assert earn(order(10_000), BASE, *rules) == Award(109, {"": 109}, ("base", "r1"))


def test_a_rule_has_a_most_of_its_own() -> None:
    bought = order(30_000, line(1, 10_000), line(2, 20_000))

    assert earn(bought, BASE, Rule("double", Percent(200), most_per_order=30)).by_line == {"1": 110, "2": 220}


def test_a_line_that_takes_off_the_price_takes_off_points() -> None:
    bought = order(15_000, line(1, 20_000), line(2, -5_000))

    assert earn(bought, replace(BASE, each="line")) == Award(150, {"1": 150, "2": 0}, ("base",))
    assert earn(order(-100), BASE).amount == 0


def test_the_most_of_a_day_counts_what_other_orders_earned() -> None:
    assert earn(order(10_000), BASE, most_per_day=150, earned_today=40).amount == 100
    assert earn(order(10_000), BASE, most_per_day=150, earned_today=90).amount == 60
    assert earn(order(10_000), BASE, most_per_day=150, earned_today=999).amount == 0


def test_an_amount_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput, match="amounts and quantities"):
        earn(order(2**60), BASE)


lines = st.lists(
    st.builds(
        PaidLine,
        st.just(""),
        st.sampled_from(["TEA", "CUP", ""]),
        st.just(""),
        st.integers(0, 20),
        st.integers(0, 2**50) | st.integers(-10_000, 10_000),
    ),
    max_size=8,
).map(lambda listed: tuple(one._replace(line_id=str(number)) for number, one in enumerate(listed)))
effects = st.one_of(
    st.builds(PerFen, st.integers(1, 1000), st.integers(1, 100_000)),
    st.builds(PerItem, st.integers(1, 1000), st.integers(1, 10)),
    st.builds(Fixed, st.integers(1, 1000)),
    st.builds(Percent, st.integers(0, 1000)),
)
rules = st.lists(
    st.builds(
        Rule,
        st.just(""),
        effects,
        st.just("line"),
        st.sampled_from(["", "line.sku == 'TEA'", "line.amount_fen > 5000 || order.hour < 12"]),
        st.just(""),
        st.none() | st.integers(0, 5000),
    )
    | st.builds(Rule, st.just(""), effects, st.just("order"), st.sampled_from(["", "order.amount_fen > 100"])),
    max_size=6,
).map(lambda listed: tuple(replace(one, id=f"r{number}") for number, one in enumerate(listed)))
caps = st.none() | st.integers(0, 10_000)
earnings = st.builds(Earning, rules, caps, caps)


@given(earnings, lines, st.integers(0, 2**50), st.integers(0, 10_000))
def test_parts_add_up_and_no_limit_is_exceeded(
    earning: Earning, bought: tuple[PaidLine, ...], amount_fen: int, earned_today: int
) -> None:
    award = work_out(earning, order(amount_fen, *bought), NOBODY, ZONE, earned_today=earned_today)

    assert sum(award.by_line.values()) == award.amount >= 0
    assert min(award.by_line.values()) >= 0
    assert award.by_line.keys() == ({one.line_id for one in bought} or {""})
    if earning.most_per_order is not None:
        assert award.amount <= earning.most_per_order
    if earning.most_per_day is not None:
        assert award.amount <= max(0, earning.most_per_day - earned_today)


@given(earnings, lines, st.integers(0, 2**50), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_of_rules_decides_nothing(
    earning: Earning, bought: tuple[PaidLine, ...], amount_fen: int, random: Any
) -> None:
    shuffled = replace(earning, rules=tuple(random.sample(earning.rules, len(earning.rules))))
    one = work_out(earning, order(amount_fen, *bought), NOBODY, ZONE)
    other = work_out(shuffled, order(amount_fen, *random.sample(bought, len(bought))), NOBODY, ZONE)

    assert (other.amount, other.by_line, sorted(other.rules)) == (one.amount, one.by_line, sorted(one.rules))


@given(st.lists(effects.filter(lambda one: not isinstance(one, PerFen)), min_size=1, max_size=5), lines)
@example([PerItem(1, 1), Percent(0)], (PaidLine("1", "", "", 0, 100),))
def test_the_best_of_a_group_gives_what_the_best_alone_would(
    alternatives: list[Any], bought: tuple[PaidLine, ...]
) -> None:
    group = [Rule(f"r{number}", effect, "line", best_of="one") for number, effect in enumerate(alternatives)]
    sold = order(12_345, *bought)

    alone = [earn(sold, BASE, rule).amount for rule in group]

    assert earn(sold, BASE, *group).amount == max(alone)


@given(
    st.integers(0, 2**53),
    st.dictionaries(st.text(max_size=3), st.integers(-5, 10**6), min_size=1, max_size=12),
)
def test_shares_are_whole_add_up_and_miss_their_quota_by_less_than_one(amount: int, weights: dict[str, int]) -> None:
    parts = share_out(amount, weights)
    above = {key: max(weight, 0) for key, weight in weights.items()}
    whole = sum(above.values())

    assert sum(parts.values()) == amount
    for key, part in parts.items():
        quota = Fraction(amount * above[key], whole) if whole else Fraction(amount, len(above))
        assert abs(part - quota) < 1
