from __future__ import annotations

import random
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.course import Exchange, Refund
from hub.core.model import DAY_MS, OrderEvent, OrderLine
from rules.earning.sharing_out import share_out
from rules.orders import OrderTerms
from rules.orders.basis import find_basis
from rules.orders.difference import find_pending_ms
from rules.orders.keeping import keep_points
from tests.unit.rules.orders.stories import tell

ZONE = ZoneInfo("Asia/Shanghai")
LINES = (OrderLine("1", "K1", "tea", 3, 1_000), OrderLine("2", "K2", "cup", 1, 777))
BOUGHT = OrderEvent("pos", "T1", "c1", DAY_MS, "received", None, None, DAY_MS, LINES)


def keep(event: OrderEvent, points: int) -> dict[str, int]:
    basis = find_basis(tell(event), OrderTerms(), ZONE)
    assert basis is not None
    weights = {line.line_id: line.amount_fen for line in basis.lines} or {"": 1}
    return keep_points(share_out(points, weights), tell(event), basis)


@given(st.integers(0, 5_000), st.lists(st.integers(1, 400), min_size=1, max_size=6), st.sampled_from("12"))
def test_what_refunds_take_of_a_line_adds_up_to_what_one_refund_takes(points: int, parts: list[int], line: str) -> None:
    singly = tuple(Refund(f"R{number}", line, 0, fen) for number, fen in enumerate(parts))
    at_once = (Refund("R", line, 0, sum(parts)),)
    left = [sum(keep(replace(BOUGHT, refunds=singly[:count]), points).values()) for count in range(len(singly) + 1)]

    assert left == sorted(left, reverse=True)
    assert left[0] == points
    assert keep(replace(BOUGHT, refunds=singly), points) == keep(replace(BOUGHT, refunds=at_once), points)


@given(st.integers(0, 5_000), st.randoms(use_true_random=False))
def test_refunds_of_everything_leave_nothing_however_they_are_cut(points: int, chance: random.Random) -> None:
    refunds: list[Refund] = []
    for line in LINES:
        cut = chance.randrange(line.amount_fen)
        refunds += [Refund("A", line.line_id, 0, cut), Refund("B", line.line_id, 0, line.amount_fen - cut)]

    assert keep(replace(BOUGHT, refunds=tuple(refunds)), points) == {}
    assert keep(replace(BOUGHT, refunds=(Refund("R", "", 0, 1_777),)), points) == {}
    assert keep(replace(BOUGHT, refunds=(Refund("R", "1", 3, 0), Refund("R", "2", 1, 0))), points) == {}


def test_what_is_kept_is_rounded_down_line_by_line() -> None:
    assert keep(BOUGHT, 17) == {"1": 10, "2": 7}
    assert keep(replace(BOUGHT, refunds=(Refund("R", "1", 1, 0),)), 17) == {"1": 6, "2": 7}
    assert keep(replace(BOUGHT, refunds=(Refund("R", "1", 0, 1),)), 17) == {"1": 9, "2": 7}


def test_a_total_until_now_and_single_refunds_are_not_counted_twice() -> None:
    both = (Refund("", "1", 0, 500), Refund("R1", "1", 0, 300), Refund("R2", "1", 0, 200))

    assert keep(replace(BOUGHT, refunds=both), 17) == {"1": 5, "2": 7}


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=12), st.integers(0, 2_000), st.integers(1, 60_000))
def test_what_no_line_accounts_for_is_rounded_down_once(prices: list[int], points: int, fen: int) -> None:
    lines = tuple(OrderLine(str(place), "K", "tea", 1, price) for place, price in enumerate(prices))
    paid, earned = sum(prices), share_out(points, {line.line_id: line.amount_fen for line in lines})

    kept = keep(replace(BOUGHT, lines=lines, refunds=(Refund("R", "", 0, fen),)), points)

    assert sum(kept.values()) == points * max(0, paid - fen) // paid
    assert all(stands <= earned[line] for line, stands in kept.items())


def test_a_cent_of_an_order_of_small_lines_takes_one_point() -> None:
    small = tuple(OrderLine(str(place), "K", "tea", 1, 100) for place in range(10))

    assert sum(keep(replace(BOUGHT, lines=small, refunds=(Refund("R", "", 0, 1),)), 10).values()) == 9


def test_refunds_by_pieces_and_by_money_are_each_counted() -> None:
    lines = (OrderLine("1", "K1", "tea", 2, 2_000),)
    refunds = (Refund("A", "1", 0, 1_000), Refund("B", "1", 1, 0))

    assert keep(replace(BOUGHT, lines=lines, refunds=refunds[:1]), 20) == {"1": 10}
    assert keep(replace(BOUGHT, lines=lines, refunds=refunds), 20) == {}
    assert tell(replace(BOUGHT, lines=lines, refunds=refunds)).refunded_fen == 2_000


def test_thirds_of_a_line_that_came_back_piece_by_piece_are_all_of_it() -> None:
    refunds = tuple(Refund(f"R{number}", "1", 1, 0) for number in range(3))

    assert keep(replace(BOUGHT, refunds=refunds), 17) == {"2": 7}
    assert tell(replace(BOUGHT, refunds=refunds)).refunded_fen == 1_000


@pytest.mark.parametrize("refund", [Refund("R", "1", 0, 500), Refund("R", "1", 1, 0)])
def test_a_refund_of_a_line_that_was_exchanged_is_part_of_the_exchange(refund: Refund) -> None:
    swap = replace(BOUGHT, lines=(*LINES, OrderLine("3", "K3", "pot", 1, 1_000)), exchanges=(Exchange("1", "3"),))

    assert keep(replace(swap, refunds=(refund,)), 17) == keep(swap, 17)
    assert tell(replace(swap, refunds=(refund,))).refunded_fen == 0


def test_what_no_line_accounts_for_lessens_all() -> None:
    assert keep(replace(BOUGHT, refunds=(Refund("R", "", 0, 888),)), 17) == {"1": 5, "2": 3}
    assert keep(replace(BOUGHT, refunds=(Refund("R", "unknown", 0, 888),)), 17) == {"1": 5, "2": 3}


def test_an_exchange_is_paid_for_by_the_line_that_was_taken_back() -> None:
    given_for = OrderLine("3", "K3", "pot", 1, 1_200)
    swapped = tell(replace(BOUGHT, lines=(*LINES, given_for), exchanges=(Exchange("1", "3"),)))
    announced = tell(replace(BOUGHT, exchanges=(Exchange("1", "3"),)))
    stated = tell(replace(BOUGHT, amount_fen=1_500, lines=(*LINES, given_for), exchanges=(Exchange("1", "3"),)))

    assert (swapped.amount_fen, announced.amount_fen, stated.amount_fen) == (1_977, 1_777, 1_700)
    assert [line.line_id for line in swapped.standing] == ["2", "3"]


def test_a_closed_order_earns_by_its_deposit_where_the_programme_says_so() -> None:
    kept = replace(BOUGHT, status="closed", reached=(("deposit_paid", 2 * DAY_MS),), deposit_fen=300)
    earn = OrderTerms(forfeited_deposit="earn", pending_days=0)

    basis = find_basis(tell(kept), earn, ZONE)

    assert basis is not None
    assert (basis.amount_fen, basis.paid_ms, basis.lines) == (300, 2 * DAY_MS, ())
    assert find_pending_ms(tell(kept), earn, ZONE) == DAY_MS
    assert keep_points({"": 3}, tell(kept), basis) == {"": 3}
    assert find_basis(tell(kept), OrderTerms(), ZONE) is None
    assert find_basis(tell(replace(kept, deposit_fen=None, reached=())), earn, ZONE) is None


def test_orders_from_before_the_programme_earn_nothing() -> None:
    assert find_basis(tell(BOUGHT), OrderTerms(earning_from="1970-01-02"), ZONE) is not None
    assert find_basis(tell(BOUGHT), OrderTerms(earning_from="1970-01-03"), ZONE) is None


def test_points_are_safe_at_the_midnight_after_whole_days() -> None:
    """8 in the morning of the 2nd in Shanghai, where the 10th begins 16:00 UTC of the 9th."""
    assert find_pending_ms(tell(BOUGHT), OrderTerms(pending_days=7), ZONE) == 9 * DAY_MS - 8 * 3_600_000
    assert find_pending_ms(tell(BOUGHT), OrderTerms(pending_days=0), ZONE) == DAY_MS
