"""What an order earns by a programme's rules: exact fractions to the end, where the sum is rounded down once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TypeAlias
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
from rules.earning.sharing_out import share_out

_Parts: TypeAlias = list[Fraction]
"""A number for each line."""


@dataclass(frozen=True, slots=True)
class _Sold:
    """An order as rules see it; `shares` are those of its lines in what is the whole order's."""

    order: PaidOrder
    lines: Sequence[PaidLine]
    shares: _Parts


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
    of_base = _choose(held, sold, [Fraction(0)] * len(lines), basic=True)
    base = _add_up(of_base.values(), len(lines))
    besides = _choose(held, sold, base, basic=False)
    exact = _add_up([base, *besides.values()], len(lines))
    amount = _cut(earning, max(0, floor(sum(exact))), earned_today)
    chosen = of_base.keys() | besides.keys()
    return Award(amount, _by_line(amount, lines, exact), tuple(rule.id for rule in earning.rules if rule in chosen))


def _ask(
    rules: Iterable[Rule], order: PaidOrder, lines: Sequence[PaidLine], buyer: Buyer, zone: ZoneInfo
) -> Iterator[_Held]:
    """The rules that hold for any of the lines."""
    moment = Moment(order=describe_order(order, zone), buyer=describe_buyer(buyer, order.paid_ms))
    described = [describe_line(line) for line in lines]
    for rule in rules:
        if rule.when and rule.each == "line":
            held = tuple(moment.having("line", line).holds(rule.when) for line in described)
        else:
            held = (not rule.when or moment.holds(rule.when),) * len(lines)
        if any(held):
            yield _Held(rule, held)


def _choose(held: Iterable[_Held], sold: _Sold, base: _Parts, *, basic: bool) -> dict[Rule, _Parts]:
    """What the rules that make the base give, or all others; of each group only the best, the first of equal ones."""
    best: dict[tuple[str, str], tuple[Rule, _Parts]] = {}
    for one in held:
        rule = one.rule
        if isinstance(rule.effect, PerFen) is basic:
            given = _give(one, sold, base)
            group = (rule.best_of, "" if rule.best_of else rule.id)
            # Nothing is better than what takes away.
            if group not in best or sum(given) > sum(best[group][1]):
                best[group] = rule, given
    return {rule: given for rule, given in best.values() if any(given)}


def _give(held: _Held, sold: _Sold, base: _Parts) -> _Parts:
    rule, rate = held.rule, _rate(held.rule.effect)
    measures = _measure(rule, sold, base)
    given = [rate * one if holds else Fraction(0) for one, holds in zip(measures, held.lines, strict=True)]
    whole, most = sum(given), rule.most_per_order
    return given if most is None or whole <= most else [part * most / whole for part in given]


def _rate(effect: Effect) -> Fraction:
    match effect:
        case PerFen(points, every) | PerItem(points, every):
            return Fraction(points, every)
        case Percent(percent):
            return Fraction(percent - 100, 100)
        case Fixed(points):
            return Fraction(points)


def _measure(rule: Rule, sold: _Sold, base: _Parts) -> _Parts:
    """What the rule's rate is applied to. What is the whole order's is spread over its lines by what was paid."""
    match rule.effect:
        case PerFen() if rule.each == "order":
            return [sold.order.amount_fen * share for share in sold.shares]
        case PerFen():
            return [Fraction(line.amount_fen) for line in sold.lines]
        case PerItem():
            return [Fraction(line.quantity) for line in sold.lines]
        case Fixed():
            return sold.shares if rule.each == "order" else [Fraction(1)] * len(sold.lines)
        case Percent():
            return base


def _shares(lines: Sequence[PaidLine]) -> _Parts:
    paid = [max(line.amount_fen, 0) for line in lines]
    whole = sum(paid)
    return [Fraction(one, whole) if whole else Fraction(1, len(lines)) for one in paid]


def _add_up(given: Iterable[_Parts], lines: int) -> _Parts:
    first, *others = [*given] or [[Fraction(0)] * lines]
    return [sum(parts[1:], parts[0]) for parts in zip(first, *others, strict=True)] if others else first


def _cut(earning: Earning, amount: int, earned_today: int) -> int:
    if earning.most_per_order is not None:
        amount = min(amount, earning.most_per_order)
    if earning.most_per_day is not None:
        amount = min(amount, max(0, earning.most_per_day - earned_today))
    return amount


def _by_line(amount: int, lines: Sequence[PaidLine], exact: _Parts) -> dict[str, int]:
    weights: dict[str, Fraction] = {}
    for line, part in zip(lines, exact, strict=True):
        weights[line.line_id] = weights[line.line_id] + part if line.line_id in weights else part
    return share_out(amount, weights)
