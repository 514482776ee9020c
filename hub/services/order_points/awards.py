"""What orders of a batch earn, each worked out once, and again by the same version where what it is of has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from graph.database import Transaction
from graph.order_points import Owner, TakenOrder
from hub.core.errors import HubError
from hub.core.order_points import OrderPoints
from hub.services.golden import find_birthday
from hub.services.order_points.days import Days, read_days
from hub.services.order_points.earner import Earner
from rules.earning import Buyer, PaidOrder, see_buyer, work_out
from rules.orders.basis import AS_PROMISED, digest_basis, find_basis
from rules.orders.keeping import keep_points
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Earned:
    """An order with what it earned.

    Attributes:
        programme: in the version by which the order earns, for good.
        points: what was posted so far.
    """

    order: TakenOrder
    programme: Programme
    basis: PaidOrder
    points: OrderPoints

    @property
    def kept(self) -> Mapping[str, int]:
        """What stands of it by line."""
        return keep_points(self.points.by_line, self.order.state, self.basis)


async def find_earned(
    tx: Transaction, earner: Earner, taken: Iterable[TakenOrder], locked: frozenset[str]
) -> list[Earned]:
    """The orders that earn or have earned, by the time of their payment; guests' orders that never did are left out.

    `locked` are the persons whose orders nobody else settles meanwhile. Raises as `read_days`.
    """
    found = [one for order in taken if (one := await _find(order, earner)) is not None]
    found.sort(key=lambda one: (one.basis.paid_ms, one.order.state.key))
    asked = [one for one in found if one.points.basis != digest_basis(one.basis) and one.order.owner is not None]
    if not asked:
        return found
    persons = {_owner(one).person for one in asked}
    limited = {_owner(one).person for one in asked if one.programme.earning.most_per_day is not None}
    days = await read_days(tx, earner.programme.name, limited, locked)
    standing_of = await earner.find_standings(sorted(persons))
    worked: dict[str, Earned] = {}
    for one in asked:
        owner = _owner(one)
        standing = standing_of(owner.person, one.basis.paid_ms)
        buyer = Buyer(standing.tier, standing.joined_ms, find_birthday(owner.golden))
        worked[one.order.state.key] = _work_out(one, see_buyer(one.programme.sharing, buyer, one.basis), days)
    return [worked.get(one.order.state.key, one) for one in found]


async def _find(order: TakenOrder, earner: Earner) -> Earned | None:
    programme, known = await earner.earns_by(order.points), order.points.get(earner.programme.name)
    if known is not None and known.basis:
        basis = find_basis(order.state, AS_PROMISED, programme.zone)
        return Earned(order, programme, basis or _nothing_paid(order, known), replace(known, refused=""))
    basis = find_basis(order.state, programme.orders, programme.zone)
    if basis is None or order.owner is None:
        return None
    return Earned(order, programme, basis, OrderPoints(programme.version, "", basis.paid_ms, {}, ""))


def _nothing_paid(order: TakenOrder, known: OrderPoints) -> PaidOrder:
    """It was paid once, as far as was known; what it earned is worked out of nothing."""
    return PaidOrder(order.state.system, order.state.order_id, None, known.paid_ms, 0)


def _owner(one: Earned) -> Owner:
    assert one.order.owner is not None  # noqa: S101  (only such orders are asked about)
    return one.order.owner


def _work_out(one: Earned, buyer: Buyer, days: Days) -> Earned:
    programme, person, key = one.programme, _owner(one).person, one.order.state.key
    others = days.sum_others(person, key, one.basis.paid_ms, programme.zone)
    try:
        award = work_out(programme.earning, one.basis, buyer, programme.zone, earned_today=others)
    except HubError as error:
        return replace(one, points=replace(one.points, refused=error.code))
    days.note(person, key, one.basis.paid_ms, award.amount)
    points = replace(
        one.points,
        basis=digest_basis(one.basis),
        paid_ms=one.basis.paid_ms,
        by_line={line: points for line, points in award.by_line.items() if points},
        rule=programme.cite(award.rules),
    )
    return replace(one, points=points)
