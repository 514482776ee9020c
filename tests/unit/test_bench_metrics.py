from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.metrics import Fit, count_pairs, fit_pairs, fit_records, list_wrong_pairs, percentile

_PLACES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("123"), min_size=2)


def _places(*groups: str) -> dict[str, str]:
    return {record: group for group in groups for record in group}


def test_equal_partitions_fit_whatever_their_groups_are_called() -> None:
    found, right = _places("abc", "d"), {"a": "x", "b": "x", "c": "x", "d": "y"}

    assert fit_pairs(found, right) == fit_records(found, right) == Fit(1.0, 1.0)


def test_one_record_too_many_costs_precision() -> None:
    found, right = _places("abcd"), _places("abc", "d")

    assert fit_pairs(found, right) == Fit(3 / 6, 1.0)
    assert fit_records(found, right) == Fit((3 * 3 / 4 + 1 / 4) / 4, 1.0)
    assert set(list_wrong_pairs(found, right)) == {("a", "d"), ("b", "d"), ("c", "d")}


def test_one_record_too_few_costs_recall() -> None:
    found, right = _places("abc", "d"), _places("abcd")

    assert fit_pairs(found, right) == Fit(1.0, 3 / 6)
    assert fit_records(found, right) == Fit(1.0, (3 * 3 / 4 + 1 / 4) / 4)
    assert not list(list_wrong_pairs(found, right))


@given(_PLACES, _PLACES)
def test_pairs_are_counted_as_if_they_were_listed(one: dict[str, str], two: dict[str, str]) -> None:
    shared = sorted(one.keys() & two.keys())
    listed = [pair for pair in combinations(shared, 2) if len({one[key] for key in pair}) == 1]
    wrong = [pair for pair in listed if two[pair[0]] != two[pair[1]]]

    assert count_pairs(one, two) == len(listed) - len(wrong)
    assert sorted(list_wrong_pairs(one, two)) == wrong


def test_f1_is_the_harmonic_mean() -> None:
    assert Fit(0.5, 1.0).f1 == pytest.approx(2 / 3)
    assert Fit(0.0, 0.0).f1 == 0.0


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (0.995, 100), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_one_of_the_values(share: float, value: int) -> None:
    assert percentile(range(1, 101), share) == value


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)
