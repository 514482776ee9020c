"""What counts as earned: what a tier that is reached by points adds up."""

from __future__ import annotations

from collections.abc import Mapping

from hub.core.ledger.entry import Entry, Kind
from hub.core.ledger.lot import Lot


def list_earned(entry: Entry, lots: Mapping[str, Lot]) -> list[tuple[int, int]]:
    """What an entry earned, or took back (below 0) of `lots`, which were earned: each with when that was.

    What was stated, adjusted or given by somebody is not earned.
    """
    if entry.kind is Kind.EARN:
        return [(lot.earned_ms, lot.amount) for lot in entry.opened]
    if entry.kind is Kind.REVERSE:
        taken = [move for move in entry.moves if move.reversed and move.lot in lots]
        return [(lots[move.lot].earned_ms, -move.reversed) for move in taken]
    return []
