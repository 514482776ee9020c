"""Cells to instants and calendar dates."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.rows import BadCell
from connectors.files.times import TimeFormat, compile_instant, read_day

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_NEW_YORK = ZoneInfo("America/New_York")
_EXPECTED = 1_704_431_040_000  # 2024-01-05 13:04:00 in Shanghai
_FORMATS: list[TimeFormat] = ["auto", "epoch_s", "epoch_ms", "excel"]


@given(
    st.one_of(
        st.text(max_size=40),
        st.text(st.sampled_from("0123456789-/:年月日 TZ.+"), max_size=30),
        st.integers(),
        st.floats(),
        st.datetimes(timezones=st.one_of(st.none(), st.just(UTC))),
        st.dates(),
        st.none(),
        st.binary(max_size=9),
    ),
    st.sampled_from(_FORMATS),
)
def test_reading_a_time_raises_nothing_but_its_own_error(cell: Any, format: TimeFormat) -> None:
    for read in (compile_instant(_NEW_YORK, format), read_day):
        found: object = None
        with suppress(BadCell):
            found = read(cell)
        assert found is None or isinstance(found, (int, str))


@given(st.datetimes(datetime(1971, 1, 1), datetime(2199, 12, 30)), st.sampled_from([_SHANGHAI, _NEW_YORK]))  # noqa: DTZ001
def test_any_local_time_is_the_instant_that_the_zone_says(moment: datetime, zone: ZoneInfo) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    aware = moment.replace(tzinfo=zone)
    exists = aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment
    read = compile_instant(zone, "auto")

    for cell in (moment, moment.isoformat(), moment.isoformat(" "), aware):
        if exists or cell is aware:
            assert read(cell) == round(aware.timestamp() * 1000)
        else:
            with pytest.raises(BadCell, match="does not exist in America/New_York"):
                read(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-05 13:04:00",
        "2024-01-05T13:04",
        "2024/1/5 13:04",
        "2024.1.5 13:04:00",
        "2024年1月5日 13:04",
        "2024年1月5日13时4分",
        "２０２４年１月５日　１３：０４",
        "20240105130400",
        "20240105 1304",
        "2024-01-05T05:04:00Z",
        "2024-01-05 05:04:00.000 UTC",
        "2024-01-05T13:04:00+08:00",
        "1704431040",
        "1704431040000",
        1704431040,
        1704431040000,
        datetime(2024, 1, 5, 13, 4),  # noqa: DTZ001
    ],
)
def test_an_instant_is_understood_in_the_forms_that_exports_use(cell: object) -> None:
    assert compile_instant(_SHANGHAI, "auto")(cell) == _EXPECTED


def test_a_date_alone_is_its_midnight() -> None:
    read = compile_instant(_SHANGHAI, "auto")

    midnight = int(datetime(2024, 1, 5, tzinfo=_SHANGHAI).timestamp() * 1000)
    assert {read(cell) for cell in ("2024-01-05", "2024年1月5日", "20240105", 20240105, date(2024, 1, 5))} == {midnight}


@pytest.mark.parametrize(
    ("cell", "format", "expected"),
    [
        ("45296.544444444444", "excel", _EXPECTED),
        (45296.544444444444, "excel", _EXPECTED),
        ("2024/1/5 13:04", "excel", _EXPECTED),
        (1704431040.0, "epoch_s", _EXPECTED),
        ("1704431040.5", "epoch_s", _EXPECTED + 500),
        (0, "epoch_ms", 0),
        ("", "epoch_s", None),
        ("0000-00-00 00:00:00", "auto", None),
    ],
)
def test_a_declared_format_is_followed(cell: object, format: TimeFormat, expected: int | None) -> None:
    assert compile_instant(_SHANGHAI, format)(cell) == expected


@pytest.mark.parametrize(
    ("cell", "format", "reason"),
    [
        ("2024-02-30 10:00:00", "auto", "no such date"),
        ("2024-01-05 24:00:00", "auto", "no such date"),
        ("2024-13-01", "auto", "no such date"),
        ("05/01/2024", "auto", "not a date"),
        ("yesterday", "auto", "not a date"),
        ("45296.5", "auto", "not a date"),
        ("9999-12-31 00:00:00", "auto", "outside of the years"),
        ("1969-12-31", "auto", "outside of the years"),
        ("1986-05-04 02:30:00", "auto", "does not exist in Asia/Shanghai"),
        ("2024-01-05", "epoch_s", "seconds since 1970"),
        ("12", "excel", "serial date"),
        ("2024-01-05T13:04:00+99:00", "auto", "distance from UTC"),
    ],
)
def test_what_is_no_instant_is_refused(cell: str, format: TimeFormat, reason: str) -> None:
    with pytest.raises(BadCell, match=reason):
        compile_instant(_SHANGHAI, format)(cell)


def test_a_time_that_occurs_twice_is_the_first_of_the_two() -> None:
    read = compile_instant(_NEW_YORK, "auto")

    assert read("2024-11-03 01:30:00") == int(datetime(2024, 11, 3, 5, 30, tzinfo=UTC).timestamp() * 1000)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_day_is_the_same_in_every_form(day: date) -> None:
    iso = day.isoformat()
    midnight = datetime(day.year, day.month, day.day) + timedelta(hours=3)  # noqa: DTZ001

    for cell in (
        day,
        midnight,
        iso,
        f"{iso} 00:00:00",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}",
        f"{day:%Y/%m/%d}",
    ):
        assert read_day(cell) == iso


@pytest.mark.parametrize("cell", ["1990-02-30", "0190-01-01", "3000-01-01", "May", "1990"])
def test_what_is_no_day_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        read_day(cell)


def test_what_is_later_than_the_latest_instant_is_ahead_of_the_clock() -> None:
    read = compile_instant(_SHANGHAI, "auto", _EXPECTED)

    assert read("2024-01-05 13:04:00") == _EXPECTED
    for later in ("2024-01-05 13:04:01", "2199-12-31", 1_704_431_040_001):
        with pytest.raises(BadCell, match="more than a day ahead of the hub's clock"):
            read(later)
    with pytest.raises(BadCell, match="outside of the years 1970 to 2199"):
        read("2200-01-02")


def test_a_birthday_is_from_1900_to_the_latest_day() -> None:
    assert read_day("1900-01-01", date(2024, 1, 5)) == "1900-01-01"
    assert read_day("2024-01-05", date(2024, 1, 5)) == "2024-01-05"
    with pytest.raises(BadCell, match="outside of 1900 to 2199"):
        read_day("1899-12-31")
    with pytest.raises(BadCell, match="a day in the future"):
        read_day("2024/1/6", date(2024, 1, 5))
