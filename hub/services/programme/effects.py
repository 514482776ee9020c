"""What a new version does to members, added up order by order; what is kept does not grow with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from hub.services.programme.tier_effects import TierEffects
from rules.calendar import day_of
from rules.earning import Buyer, Earning, PaidOrder, work_out

_MOST_LISTED = 10


class Bought(NamedTuple):
    """An order, and its buyer as of then: by the tiers of the version in force, and by those of the new one."""

    order: PaidOrder
    buyer: Buyer
    buyer_after: Buyer


Member: TypeAlias = tuple[str, tuple[Bought, ...]]
"""A person's id, and what they bought in the order of time."""


@dataclass(slots=True)
class Sums:
    """Points by the version in force (`before`) and the new one, and the members who come off better or worse."""

    members: int = 0
    orders: int = 0
    before: int = 0
    after: int = 0
    gaining: int = 0
    losing: int = 0
    gained: int = 0
    lost: int = 0

    def add(self, orders: int, before: int, after: int) -> None:
        """Count a member."""
        self.members += 1
        self.orders += orders
        self.before += before
        self.after += after
        self.gaining += after > before
        self.losing += after < before
        self.gained += max(0, after - before)
        self.lost += max(0, before - after)


class Moved(NamedTuple):
    """A member who gets another number of points."""

    person: str
    before: int
    after: int


@dataclass(slots=True)
class Effects:
    """What changes for whom.

    Attributes:
        by_tier: by the tier that a member had at their last order, by the version in force; `none` for none.
        most_gained, most_lost: the ten members who gain and lose most, those first.
    """

    total: Sums = field(default_factory=Sums)
    by_tier: dict[str, Sums] = field(default_factory=dict[str, Sums])
    most_gained: list[Moved] = field(default_factory=list[Moved])
    most_lost: list[Moved] = field(default_factory=list[Moved])
    tiers: TierEffects = field(default_factory=TierEffects)


def add_up_effects(old: Earning, new: Earning, zones: tuple[ZoneInfo, ZoneInfo], members: Iterable[Member]) -> Effects:
    """The effects on all members; each comes once."""
    effects = Effects()
    top: list[tuple[int, str, Moved]] = []
    bottom: list[tuple[int, str, Moved]] = []
    for person, bought in members:
        before = _earn(old, zones[0], ((one.order, one.buyer) for one in bought))
        after = _earn(new, zones[1], ((one.order, one.buyer_after) for one in bought))
        tier = bought[-1].buyer.tier or "none"
        for sums in (effects.total, effects.by_tier.setdefault(tier, Sums())):
            sums.add(len(bought), before, after)
        moved = Moved(person, before, after)
        _keep(top, after - before, moved)
        _keep(bottom, before - after, moved)
    effects.most_gained, effects.most_lost = _ranked(top), _ranked(bottom)
    return effects


def _earn(earning: Earning, zone: ZoneInfo, bought: Iterable[tuple[PaidOrder, Buyer]]) -> int:
    total = today = 0
    day = None
    for order, buyer in bought:
        if (on := day_of(order.paid_ms, zone)) != day:
            day, today = on, 0
        amount = work_out(earning, order, buyer, zone, earned_today=today).amount
        today, total = today + amount, total + amount
    return total


def _keep(heap: list[tuple[int, str, Moved]], by: int, moved: Moved) -> None:
    if by > 0:
        (heappush if len(heap) < _MOST_LISTED else heappushpop)(heap, (by, moved.person, moved))


def _ranked(heap: list[tuple[int, str, Moved]]) -> list[Moved]:
    return [moved for _, _, moved in sorted(heap, key=lambda one: (-one[0], one[1]))]
