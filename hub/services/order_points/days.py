"""What buyers have earned on each day so far, for programmes that limit it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from zoneinfo import ZoneInfo

from graph import order_points
from graph.database import Transaction
from rules.calendar import begin_ms, day_of


class Days:
    """What each order of some persons has earned, and when it was paid."""

    def __init__(self) -> None:
        self._earned: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)

    def note(self, person: str, order: str, paid_ms: int, amount: int) -> None:
        """An order earns so much, whatever was known of it before."""
        self._earned[person][order] = paid_ms, amount

    def sum_others(self, person: str, order: str, at_ms: int, zone: ZoneInfo) -> int:
        """What the person's other orders have earned that were paid on the day of an instant."""
        day = day_of(at_ms, zone)
        from_ms, to_ms = begin_ms(day, zone), begin_ms(day + 1, zone)
        earned = self._earned[person].items()
        return sum(amount for key, (paid_ms, amount) in earned if key != order and from_ms <= paid_ms < to_ms)


async def read_days(tx: Transaction, programme: str, persons: Collection[str]) -> Days:
    """What these persons' orders have earned; nobody else settles orders of theirs until the transaction ends."""
    days = Days()
    if not persons:
        return days
    await order_points.lock_persons(tx, persons)
    for person, order, points in await order_points.fetch_of_persons(tx, persons):
        if (known := points.get(programme)) is not None:
            days.note(person, order, known.paid_ms, sum(known.by_line.values()))
    return days
