"""Ages of children."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.services.households import count_ages


@pytest.mark.parametrize(
    ("birthdays", "on_date", "ages"),
    [
        ("2019-05-01", date(2025, 4, 30), (5,)),
        ("2019-05-01", date(2025, 5, 1), (6,)),
        ("2019-05-01", date(2019, 5, 1), (0,)),
        ("2019-05-01", date(2019, 4, 30), ()),
        ("2020-02-29", date(2025, 2, 28), (4,)),
        ("2020-02-29", date(2025, 3, 1), (5,)),
        ("2020-02-29", date(2024, 2, 29), (4,)),
        ("2019-05-01;2015-03-02;2019-05-01", date(2025, 6, 1), (10, 6, 6)),
        ("", date(2025, 6, 1), ()),
        ("soon; 2019-05-01 ;", date(2025, 6, 1), (6,)),
    ],
)
def test_ages_are_full_years_the_oldest_first(birthdays: str, on_date: date, ages: tuple[int, ...]) -> None:
    assert count_ages(birthdays, on_date) == ages


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 30_000))
def test_an_age_never_falls_and_rises_by_one_a_year(born: date, days: int) -> None:
    (age,) = count_ages(born.isoformat(), born + timedelta(days=days))
    (later,) = count_ages(born.isoformat(), born + timedelta(days=days + 1))

    assert later in (age, age + 1)
    assert abs(age - days / 365.25) < 1.01
