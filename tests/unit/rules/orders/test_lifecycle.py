from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import DAY_MS, OrderEvent
from rules.orders import merge_order
from rules.orders.lifecycle import (
    find_closed_ms,
    find_deposit_ms,
    find_paid_ms,
    find_received_ms,
    find_stage,
    has_ended,
)
from tests.unit.rules.orders.stories import events, split, tell

PLACED = DAY_MS


def order() -> OrderEvent:
    """An order as it was placed."""
    return OrderEvent("pos", "T1", "c1", PLACED, "created", 1_000, None, PLACED)


@given(st.lists(events, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_shuffled_repeated_and_split_events_come_to_one_state(said: list[OrderEvent], chance: random.Random) -> None:
    parts = [part for event in said for part in (split(event) if chance.random() < 0.5 else [event])]
    parts += chance.choices(parts, k=2)
    chance.shuffle(parts)

    merged = tell(parts[0])
    for part in parts:
        merged = merge_order([merged, tell(part)])

    assert merged == merge_order([tell(event) for event in said])


@pytest.mark.parametrize("stage", ["shipped", "received", "exchanged", "refunded"])
def test_a_stage_implies_the_payment_which_was_made_when_the_order_was_placed(stage: str) -> None:
    state = tell(replace(order(), status=stage, observed_ms=3 * DAY_MS))

    assert find_paid_ms(state) == PLACED


def test_a_presale_is_paid_by_the_first_stage_that_implies_it() -> None:
    deposit = tell(replace(order(), status="deposit_paid", observed_ms=2 * DAY_MS, deposit_fen=300))
    shipped = tell(replace(order(), status="shipped", observed_ms=4 * DAY_MS))
    received = tell(replace(order(), status="received", observed_ms=5 * DAY_MS))

    assert find_paid_ms(deposit) is None
    assert find_deposit_ms(deposit) == 2 * DAY_MS
    assert find_paid_ms(merge_order([received, deposit, shipped])) == 4 * DAY_MS


def test_an_instant_that_the_source_states_outdoes_when_it_was_said() -> None:
    said = tell(replace(order(), status="received", observed_ms=3 * DAY_MS))
    dated = tell(replace(order(), status=None, reached=(("received", 2 * DAY_MS),), observed_ms=4 * DAY_MS))

    assert find_received_ms(said) == 3 * DAY_MS
    assert find_received_ms(merge_order([said, dated])) == 2 * DAY_MS


def test_what_is_said_again_later_did_not_happen_later() -> None:
    first, again = (tell(replace(order(), status="received", observed_ms=day * DAY_MS)) for day in (3, 6))

    assert find_received_ms(merge_order([again, first])) == 3 * DAY_MS


def test_of_two_statuses_stated_at_one_instant_the_further_holds() -> None:
    paid, closed = (tell(replace(order(), status=status)) for status in ("paid", "closed"))

    merged = merge_order([closed, paid])

    assert has_ended(merged)
    assert find_closed_ms(merged) == PLACED
    assert merge_order([paid, closed]) == merged


def test_a_customer_outdoes_a_guest_however_late_the_guest_was_stated() -> None:
    customer = tell(order())
    guest = tell(replace(order(), external_id="guest:x", observed_ms=9 * DAY_MS))

    assert merge_order([customer, guest]).buyer == customer.buyer


@given(
    st.sampled_from(["refunded", "closed"]),
    st.integers(3, 9),
    st.lists(st.tuples(st.sampled_from(["paid", "shipped", "received", "exchanged"]), st.integers(3, 12)), max_size=4),
    st.randoms(use_true_random=False),
)
def test_nothing_that_is_said_later_undoes_the_end_of_an_order_that_was_paid(
    end: str, ended: int, later: list[tuple[str, int]], chance: random.Random
) -> None:
    said = [("paid", 2), (end, ended), *later]
    chance.shuffle(said)

    merged = merge_order([tell(replace(order(), status=stage, observed_ms=day * DAY_MS)) for stage, day in said])

    assert find_stage(merged) == end


def test_an_order_that_was_closed_unpaid_and_is_paid_after_all_goes_on() -> None:
    said = [("closed", 3), ("paid", 4), ("shipped", 5)]

    merged = merge_order([tell(replace(order(), status=stage, observed_ms=day * DAY_MS)) for stage, day in said])

    assert find_stage(merged) == "shipped"
    assert find_closed_ms(merged) is None


def test_a_late_word_of_the_deposit_does_not_open_an_order_again() -> None:
    said = [("closed", 3), ("deposit_paid", 4)]

    merged = merge_order([tell(replace(order(), status=stage, observed_ms=day * DAY_MS)) for stage, day in said])

    assert find_closed_ms(merged) == 3 * DAY_MS
