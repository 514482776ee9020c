"""What buyers have earned on each day so far, for programmes that limit it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from zoneinfo import ZoneInfo

from graph import order_points
from graph.database import Transaction
from graph.failures import Torn
from graph.partition import lock_persons
from hub.services.order_points.earner import Earner
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


async def lock_limited(tx: Transaction, earner: Earner, keys: Collection[str]) -> frozenset[str]:
    """Make others wait who settle orders of the same persons, where a day's points are limited; returns the persons.

    It has to come before anything is written. Under optimistic concurrency a page that was written is read as it was
    then, and the orders of others on it with it: what somebody posted between that and the lock would not be counted.
    """
    if not earner.may_limit_days:
        return frozenset()
    persons = frozenset(
        [
            person
            for points, person in await order_points.fetch_buyers(tx, keys)
            if (await earner.earns_by(points)).earning.most_per_day is not None
        ]
    )
    if persons:
        await lock_persons(tx, persons)
    return persons


async def read_days(tx: Transaction, programme: str, persons: Collection[str], locked: frozenset[str]) -> Days:
    """What these persons' orders have earned.

    Raises:
        Torn: an order has come to a person since others' were locked, so that the transaction has to be repeated.
    """
    days = Days()
    if not persons:
        return days
    if not locked.issuperset(persons):
        raise Torn("who has bought an order")
    for person, order, points in await order_points.fetch_of_persons(tx, persons):
        if (known := points.get(programme)) is not None:
            days.note(person, order, known.paid_ms, sum(known.by_line.values()))
    return days
