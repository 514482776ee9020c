"""How much more, or less, than usual goes wrong: a factor on the shares of what makes records hard to tell apart."""

from __future__ import annotations

from random import Random
from typing import Final

MAX_NOISE: Final = 3.0
TYPO_SHARE: Final = 0.02
"""Names with a mistyped character for each 1.0 of noise above 1: as the exports usually are they have none."""


def worsen(draw: float, noise: float) -> float:
    """A draw from 0 to 1 of which the upper end, where things go wrong, is `noise` times as likely to be reached."""
    return 1 - (1 - draw) / noise if noise else 0.0


def is_played(noise: float, turn: int, subject: str) -> bool:
    """Whether a part is played for the `turn`-th time (from 0) there: `noise` times on average."""
    share = noise - turn
    if share >= 1:
        return True
    return share > 0 and Random(f"{subject}/{turn}").random() < share  # noqa: S311 - reproducible on purpose
