"""When what is earned expires: by the calendar of the programme, after a time, or never."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from hub.core.ledger import FOREVER_MS


@dataclass(frozen=True, slots=True)
class Expiry:
    """How long a lot lives.

    Attributes:
        kind: `never`; `days`: so many days, to the end of the last one; `month`, `year`: to the end of the month or
            year that is so many after the one it was earned in, 0 for the same one.
        count: how many.
    """

    kind: Literal["never", "days", "month", "year"] = "never"
    count: int = 0


def expires_ms(expiry: Expiry, earned_ms: int, zone: ZoneInfo) -> int:
    """The first instant at which something earned at an instant cannot be spent any more.

    That is a midnight of the programme's timezone, so that lots of one day fall together.
    """
    return _expires_ms(expiry, day_of(earned_ms, zone), zone)


@lru_cache(maxsize=4096)
def _expires_ms(expiry: Expiry, earned: date, zone: ZoneInfo) -> int:
    match expiry.kind:
        case "never":
            return FOREVER_MS
        case "days":
            last = earned + timedelta(days=expiry.count)
        case "month":
            last = _end_of_month(earned.year, earned.month + expiry.count)
        case "year":
            last = date(earned.year + expiry.count, 12, 31)
    midnight = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    return int(midnight.timestamp() * 1000)


def day_of(instant_ms: int, zone: ZoneInfo) -> date:
    """The business day of an instant: the date in the programme's timezone."""
    return datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(zone).date()


def _end_of_month(year: int, month: int) -> date:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, monthrange(year, month)[1])
