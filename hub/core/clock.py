"""Time, read in one place. Rules never read it: they are given instants."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """The current instant in epoch milliseconds, UTC."""
    return time.time_ns() // 1_000_000


def from_ms(instant_ms: int) -> datetime:
    """An aware UTC datetime for an instant in epoch milliseconds."""
    return datetime.fromtimestamp(instant_ms / 1000, tz=UTC)
