"""Time, read in one place. Rules never read it: they are given instants."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Final

MAX_AHEAD_MS: Final = 24 * 60 * 60 * 1000
"""How far ahead of the hub's clock a source may state something: zones that were mixed up, clocks that go fast."""
AHEAD: Final = "in the future: more than a day ahead of the hub's clock"


def now_ms() -> int:
    """The current instant in epoch milliseconds, UTC."""
    return time.time_ns() // 1_000_000


def from_ms(instant_ms: int) -> datetime:
    """An aware UTC datetime for an instant in epoch milliseconds."""
    return datetime.fromtimestamp(instant_ms / 1000, tz=UTC)


def find_day(text: str) -> date | None:
    """The day that is written as YYYY-MM-DD; None for any other text, ISO 8601's other forms of dates included."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
