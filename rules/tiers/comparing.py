"""Whether another version of a programme's tiers has a person rise or fall."""

from __future__ import annotations

from rules.tiers.model import Tiers


def compare_tiers(old: Tiers, new: Tiers, before: str, after: str) -> int:
    """Above 0 for a rise from a tier of the old ladder to one of the new ladder, below 0 for a fall.

    Where one of the ladders has both it says which is higher, the new one first; else their places do. A tier that
    keeps its name is neither, wherever it is now.
    """
    for ladder in (new, old):
        low, high = ladder.rank(before), ladder.rank(after)
        if low is not None and high is not None:
            return high - low
    return (new.rank(after) or 0) - (old.rank(before) or 0)
