from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from rules.survivorship import Survivor, choose_golden

profiles = st.lists(
    st.tuples(
        st.sampled_from(["pos|1", "erp|2", "wechat|3"]),
        st.dictionaries(st.sampled_from(["name", "city"]), st.tuples(st.sampled_from("xyz"), st.integers(1, 3))),
    ),
    max_size=3,
    unique_by=lambda pair: pair[0],
)


def test_the_most_recent_statement_survives_with_its_record() -> None:
    golden = choose_golden([("pos|1", {"name": ("张伟", 5), "city": ("上海", 1)}), ("erp|2", {"name": ("张先生", 3)})])

    assert golden == [Survivor("city", "上海", "pos|1", 1), Survivor("name", "张伟", "pos|1", 5)]


def test_of_two_at_one_instant_the_first_record_survives() -> None:
    [survivor] = choose_golden([("pos|1", {"name": ("b", 5)}), ("erp|2", {"name": ("a", 5)})])

    assert survivor.record == "erp|2"


@given(profiles, st.integers(0, 2**32))
def test_the_order_of_records_does_not_matter(said: list[tuple[str, dict[str, tuple[str, int]]]], seed: int) -> None:
    shuffled = list(said)
    random.Random(seed).shuffle(shuffled)

    assert choose_golden(shuffled) == choose_golden(said)
