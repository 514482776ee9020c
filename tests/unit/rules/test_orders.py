from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from hub.core.model import OrderLine, OrderState, StatedLine
from rules.orders import merge_order

lines = st.builds(
    OrderLine, st.sampled_from("12"), st.just("sku"), st.just("name"), st.integers(1, 2), st.integers(-5, 500)
)


@st.composite
def states(draw: st.DrawFn) -> OrderState:
    observed = draw(st.integers(1, 4))
    said = draw(st.lists(lines, max_size=2, unique_by=lambda line: line.line_id))
    return OrderState(
        "pos",
        "T1",
        observed,
        draw(st.integers(1, 2)),
        draw(st.sampled_from(["paid", "received"])),
        draw(st.sampled_from([None, "c1"])),
        draw(st.sampled_from([None, 700])),
        None,
        tuple(StatedLine(observed, line) for line in sorted(said)),
    )


@given(st.lists(states(), min_size=1, max_size=6), st.integers(0, 2**32))
def test_an_order_converges_whatever_the_order_and_grouping_of_its_events(said: list[OrderState], seed: int) -> None:
    shuffled = list(said)
    random.Random(seed).shuffle(shuffled)
    state = shuffled[0]
    for later in shuffled:
        state = merge_order([state, later])

    assert state == merge_order(said)
    assert state.observed_ms == max(one.observed_ms for one in said)


def test_the_total_is_the_stated_one_or_else_the_sum_of_the_lines() -> None:
    line = StatedLine(1, OrderLine("1", "sku", "name", 2, 350))
    order = OrderState("pos", "T1", 1, 1, "paid", None, None, None, (line,))

    assert order.amount_fen == 350
    assert merge_order([order, OrderState("pos", "T1", 2, 1, "paid", None, 300, None)]).amount_fen == 300
