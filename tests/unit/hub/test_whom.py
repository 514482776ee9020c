"""Instants on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import typer

from hub.cli.whom import read_instant_ms

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-01", datetime(2026, 4, 30, 16, tzinfo=UTC)),
        (" 2026-05-01T10:00 ", datetime(2026, 5, 1, 2, tzinfo=UTC)),
        ("2026-05-01 10:00:30.5", datetime(2026, 5, 1, 2, 0, 30, 500_000, tzinfo=UTC)),
        ("2026-05-01T10:00Z", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01T10:00:00+09:00", datetime(2026, 5, 1, 1, tzinfo=UTC)),
        ("0002-01-01T00:00Z", datetime(2, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_day_or_an_instant_is_read_in_the_zone(text: str, expected: datetime) -> None:
    assert read_instant_ms(text, SHANGHAI) == int(expected.timestamp() * 1000)


@pytest.mark.parametrize(
    "text", ["2026-W10", "2026-W10-1", "2026-05", "20260501", "2026-05-01T10", "2026-13-01", "2026-05-01T25:00", "May"]
)
def test_other_forms_of_dates_are_refused_by_their_form(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected an instant such as 2026-05-01"):
        read_instant_ms(text, SHANGHAI)


@pytest.mark.parametrize("text", ["0000-01-01", "0001-01-01", "9999-12-31T23:59Z"])
def test_years_at_the_ends_of_the_calendar_are_refused_by_the_range(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected a year from 0002 to 9998"):
        read_instant_ms(text, SHANGHAI)
