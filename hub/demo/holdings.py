"""What systems that kept points and stored value before the hub say of some of their members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from hub.demo.people import BASE_DAY

_HOLDER_SHARE: Final = 0.3
_STORED_SHARE: Final = 0.25
_LAST_DAYS: Final = (date(2026, 12, 31), date(2027, 12, 31))


@dataclass(frozen=True, slots=True)
class Held:
    """What a member holds; no points have no last day.

    Attributes:
        last_day: on which the points can be spent; for a few soon after the history ends.
    """

    points: int = 0
    last_day: date | None = None
    stored_fen: int = 0


def draw_held(rng: Random) -> Held:
    """Nothing for most; points for some, and stored value for some of these."""
    if rng.random() >= _HOLDER_SHARE:
        return Held()
    points = 10 + int(rng.paretovariate(1.2) * 40) % 5000
    last_day = rng.choice(_LAST_DAYS)
    if rng.random() < 0.1:
        last_day = BASE_DAY + timedelta(days=1 + int(rng.random() * 180))
    return Held(points, last_day, 100 * rng.choice((50, 100, 200, 500, 88)) if rng.random() < _STORED_SHARE else 0)
