"""The end of a range that both engines read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graph.text_ranges import reach

KEYS = st.text(st.sampled_from("az~中\ue000\uff5a\uffff😀\U0010ffff"), max_size=4).map("pos|".__add__)


@given(KEYS, KEYS)
def test_a_range_is_never_turned_round(one: str, other: str) -> None:
    after, bound = sorted((one, other))

    end = reach(after, bound)

    assert bound <= end
    assert after == bound or after.encode("utf-16-be") < end.encode("utf-16-be")


@given(KEYS, KEYS)
def test_where_both_orders_agree_it_is_the_bound(one: str, other: str) -> None:
    after, bound = sorted((one, other), key=lambda key: key.encode("utf-16-be"))

    assert after == bound or reach(after, bound) == bound
