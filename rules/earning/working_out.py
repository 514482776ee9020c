"""What an order earns by a programme's rules: exact to the end, where the sum is rounded down once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import floor
from operator import add
from zoneinfo import ZoneInfo

from rules.conditions import Moment
from rules.earning.inputs import describe_buyer, describe_line, describe_order
from rules.earning.model import (
    Award,
    Buyer,
    Earning,
    Effect,
    Fixed,
    PaidLine,
    PaidOrder,
    Percent,
    PerFen,
    PerItem,
    Rule,
)
from rules.earning.parts import Parts
from rules.earning.sharing_out import share_out


@dataclass(frozen=True, slots=True)
class _Sold:
    """An order as rules see it; `shares` are those of its lines in what is the whole order's."""

    order: PaidOrder
    lines: Sequence[PaidLine]
    shares: Parts


@dataclass(frozen=True, slots=True)
class _Held:
    """A rule, and for which of the lines it holds."""

    rule: Rule
    lines: tuple[bool, ...]


def work_out(earning: Earning, order: PaidOrder, buyer: Buyer, zone: ZoneInfo, *, earned_today: int = 0) -> Award:
    """What an order earns of the asset `points`.

    Rules per fen give the base. Each percentage adds its surplus over 100 of that base, and all other rules what they
    give. The sum is rounded down, cut to the most that is allowed, and shared out among the lines.

    Args:
        earned_today: what the buyer's other orders of the same day have earned, for the most per day.

    Raises:
        InvalidInput: the order has amounts that cannot be.
        InvariantBroken: a condition was not checked.
    """
    lines = order.lines or (PaidLine("", "", "", 1, order.amount_fen),)
    sold = _Sold(order, lines, _shares(lines))
    held = list(_ask(earning.rules, order, lines, buyer, zone))
    nothing = Parts((0,) * len(lines))
    of_base = _choose(held, sold, nothing, basic=True)
    base = reduce(add, of_base.values(), nothing)
    besides = _choose(held, sold, base, basic=False)
    exact = reduce(add, besides.values(), base)
    amount = _cut(earning, max(0, floor(exact.whole)), earned_today)
    chosen = of_base.keys() | besides.keys()
    return Award(amount, _by_line(amount, lines, exact), tuple(rule.id for rule in earning.rules if rule in chosen))


def _ask(
    rules: Iterable[Rule], order: PaidOrder, lines: Sequence[PaidLine], buyer: Buyer, zone: ZoneInfo
) -> Iterator[_Held]:
    """The rules that hold for any of the lines."""
    moment = Moment(order=describe_order(order, zone), buyer=describe_buyer(buyer, order.paid_ms, zone))
    described = [describe_line(line) for line in lines]
    for rule in rules:
        if rule.when and rule.each == "line":
            held = tuple(moment.having("line", line).holds(rule.when) for line in described)
        else:
            held = (not rule.when or moment.holds(rule.when),) * len(lines)
        if any(held):
            yield _Held(rule, held)


def _choose(held: Iterable[_Held], sold: _Sold, base: Parts, *, basic: bool) -> dict[Rule, Parts]:
    """What the rules that make the base give, or all others; of each group only the best, the first of equal ones."""
    best: dict[tuple[str, str], tuple[Rule, Parts]] = {}
    for one in held:
        rule = one.rule
        if isinstance(rule.effect, PerFen) is basic:
            given = _give(one, sold, base)
            group = (rule.best_of, "" if rule.best_of else rule.id)
            # Nothing is better than what takes away.
            if group not in best or given.whole > best[group][1].whole:
                best[group] = rule, given
    return {rule: given for rule, given in best.values() if any(given.numerators)}


def _give(held: _Held, sold: _Sold, base: Parts) -> Parts:
    rule = held.rule
    given = _measure(rule, sold, base).times(_rate(rule.effect)).of(held.lines)
    return given if rule.most_per_order is None else given.at_most(rule.most_per_order)


def _rate(effect: Effect) -> Fraction:
    match effect:
        case PerFen(points, every) | PerItem(points, every):
            return Fraction(points, every)
        case Percent(percent):
            return Fraction(percent - 100, 100)
        case Fixed(points):
            return Fraction(points)


def _measure(rule: Rule, sold: _Sold, base: Parts) -> Parts:
    """What the rule's rate is applied to. What is the whole order's is spread over its lines by what was paid."""
    match rule.effect:
        case PerFen() if rule.each == "order":
            return sold.shares.times(Fraction(sold.order.amount_fen))
        case PerFen():
            return Parts(tuple(line.amount_fen for line in sold.lines))
        case PerItem():
            return Parts(tuple(line.quantity for line in sold.lines))
        case Fixed():
            return sold.shares if rule.each == "order" else Parts((1,) * len(sold.lines))
        case Percent():
            return base


def _shares(lines: Sequence[PaidLine]) -> Parts:
    paid = tuple(max(line.amount_fen, 0) for line in lines)
    whole = sum(paid)
    return Parts(paid, whole) if whole else Parts((1,) * len(lines), len(lines))


def _cut(earning: Earning, amount: int, earned_today: int) -> int:
    if earning.most_per_order is not None:
        amount = min(amount, earning.most_per_order)
    if earning.most_per_day is not None:
        amount = min(amount, max(0, earning.most_per_day - earned_today))
    return amount


def _by_line(amount: int, lines: Sequence[PaidLine], exact: Parts) -> dict[str, int]:
    weights: dict[str, int] = {}
    for line, part in zip(lines, exact.numerators, strict=True):
        weights[line.line_id] = weights.get(line.line_id, 0) + part
    return share_out(amount, weights)
