"""Fields of a profile that have a form of their own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.mapping import parse_mapping
from connectors.files.profiles import compile_profile, read_birthdays, read_role
from connectors.files.rows import BadCell
from hub.core.errors import InvalidInput

DAYS = st.lists(st.dates(date(1950, 1, 1), date(2100, 1, 1)), min_size=1, max_size=5)


@given(DAYS, st.sampled_from([";", "；", " ; ", ";;"]))
def test_birthdays_of_children_are_listed_in_their_order(days: list[date], separator: str) -> None:
    read = read_birthdays(separator.join(day.isoformat() for day in days))

    assert read == ";".join(day.isoformat() for day in sorted(days))
    assert read_birthdays(read) == read


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2019/5/1;2015年3月2日", "2015-03-02;2019-05-01"),
        ("2019-05-01;2019-05-01", "2019-05-01;2019-05-01"),
        (datetime(2019, 5, 1, 12), "2019-05-01"),  # noqa: DTZ001
        (date(2019, 5, 1), "2019-05-01"),
        (20190501, "2019-05-01"),
        ("无", None),
        (" ; ", None),
        (None, None),
    ],
)
def test_birthdays_are_understood_in_the_forms_that_people_use(cell: Any, expected: str | None) -> None:
    assert read_birthdays(cell) == expected


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2019-05-01;2019-02-30", "date 2 of the list: "),
        ("5岁", "date 1 of the list: not a date"),
        ("2019-05-01,2020-01-01", "separate dates by ;"),
        (";".join(["2019-05-01"] * 21), "more than 20 children"),
    ],
)
def test_bad_birthdays_are_refused_with_the_reason(cell: str, reason: str) -> None:
    with pytest.raises(BadCell) as caught:
        read_birthdays(cell)

    assert reason in caught.value.safe_message
    assert "2019" not in caught.value.safe_message.partition("expected")[0]


def test_a_role_is_a_short_text() -> None:
    assert read_role(" 父 ") == "父"
    assert read_role("-") is None
    with pytest.raises(BadCell, match="at most 20"):
        read_role("x" * 21)


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("children_birthdays: {always: 2019-02-30}", "not a value of children_birthdays: date 1 of the list"),
        ("children_birthdays: {always: 2019/5/1}", "expected 2019-05-01"),
        ("birthday: {column: born, values: {young: soon}}", "not a value of birthday"),
        (f"household_role: {{always: {'x' * 21}}}", "not a value of household_role"),
    ],
)
def test_a_value_in_the_mapping_itself_is_checked_when_it_is_loaded(field: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_mapping(f"version: 1\nkind: customers\nexternal_id: id\nprofile:\n  {field}\n")

    assert said in caught.value.safe_message


@pytest.mark.parametrize("field", ["birthday", "children_birthdays"])
def test_nobody_is_born_after_the_latest_day(field: str) -> None:
    read = compile_profile(field, date(2024, 1, 5))

    assert read("2024-01-05") == "2024-01-05"
    with pytest.raises(BadCell, match="a day in the future"):
        read("2024-01-06")
