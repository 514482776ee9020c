from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import OrderHeader, OrderLine, OrderState, StatedLine
from rules.orders import merge_order

lines = st.builds(
    OrderLine, st.sampled_from("12"), st.just("sku"), st.just("name"), st.integers(1, 2), st.integers(-5, 500)
)


def state(
    at: int,
    *said: OrderLine,
    placed_ms: int = 1,
    status: str = "paid",
    customer: str | None = None,
    total_fen: int | None = None,
    store: str | None = None,
) -> OrderState:
    header = OrderHeader(
        (placed_ms, at),
        (status, at),
        None if customer is None else (customer, at),
        None if total_fen is None else (total_fen, at),
        None if store is None else (store, at),
    )
    return OrderState("pos", "T1", header, tuple(StatedLine(at, line) for line in sorted(said)))


states = st.builds(
    lambda at, said, **fields: state(at, *said, **fields),
    st.integers(1, 4),
    st.lists(lines, max_size=2, unique_by=lambda line: line.line_id),
    placed_ms=st.integers(1, 2),
    status=st.sampled_from(["paid", "received"]),
    customer=st.sampled_from([None, "c1", "c2"]),
    total_fen=st.sampled_from([None, 0, 700]),
    store=st.sampled_from([None, "S1", "S2"]),
)


@given(st.lists(states, min_size=1, max_size=6), st.integers(0, 2**32))
def test_an_order_converges_whatever_the_order_and_grouping_of_its_events(said: list[OrderState], seed: int) -> None:
    shuffled = list(said)
    random.Random(seed).shuffle(shuffled)
    merged = shuffled[0]
    for later in shuffled:
        merged = merge_order([merged, later])

    assert merged == merge_order(said)
    assert merged.header.status[1] == max(one.header.status[1] for one in said)


def test_what_a_later_statement_is_silent_about_stays() -> None:
    bought = state(1, customer="c1", total_fen=700, store="S1")
    refunded = state(2, status="refunded")

    merged = merge_order([refunded, bought])

    assert merged.header.status == ("refunded", 2)
    assert merged.buyer == bought.buyer
    assert (merged.amount_fen, merged.header.store) == (700, ("S1", 1))


def test_the_total_is_the_stated_one_or_else_the_sum_of_the_lines() -> None:
    order = state(1, OrderLine("1", "sku", "name", 2, 350), OrderLine("2", "sku", "name", 1, 50))

    assert order.amount_fen == 400
    assert merge_order([order, state(2, total_fen=0)]).amount_fen == 0
