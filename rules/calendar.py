"""The calendar of a programme: days and months of its timezone. A day is a number: its ordinal in the calendar."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def time_of(instant_ms: int, zone: ZoneInfo) -> datetime:
    """The date and the time of day of an instant, to the second."""
    return datetime.fromtimestamp(instant_ms // 1000, UTC).astimezone(zone)


def day_of(instant_ms: int, zone: ZoneInfo) -> int:
    """The day that an instant is in."""
    return time_of(instant_ms, zone).toordinal()


def write_day(day: int) -> str:
    """A day as an ISO date."""
    return date.fromordinal(day).isoformat()


def begin_ms(day: int, zone: ZoneInfo) -> int:
    """The first instant of a day."""
    return int(datetime.combine(date.fromordinal(day), datetime.min.time(), zone).timestamp() * 1000)


def month_of(day: int) -> tuple[int, int]:
    """The year and the month that a day is in."""
    found = date.fromordinal(day)
    return found.year, found.month


def first_of(year: int, month: int) -> int:
    """The first day of a month; months beyond 12 are those of later years."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1).toordinal()


def add_months(day: int, months: int, *, since: int | None = None) -> int:
    """So many months later the same day of the month, or that which `since` was; the last one of a shorter month."""
    found, wanted = date.fromordinal(day), date.fromordinal(day if since is None else since).day
    first = date.fromordinal(first_of(found.year, found.month + months))
    return first.replace(day=min(wanted, monthrange(first.year, first.month)[1])).toordinal()
