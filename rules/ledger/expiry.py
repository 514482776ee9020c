"""When what is earned expires: by the calendar of the programme, after a time, or never."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from hub.core.ledger import FOREVER_MS
from rules.calendar import begin_ms, day_of, first_of, month_of


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
def _expires_ms(expiry: Expiry, earned: int, zone: ZoneInfo) -> int:
    year, month = month_of(earned)
    match expiry.kind:
        case "never":
            return FOREVER_MS
        case "days":
            return begin_ms(earned + expiry.count + 1, zone)
        case "month":
            return begin_ms(first_of(year, month + expiry.count + 1), zone)
        case "year":
            return begin_ms(first_of(year + expiry.count + 1, 1), zone)
