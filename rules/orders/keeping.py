"""What of an order's points stands after refunds: a share of what each line earned, rounded down.

So what several refunds take of a line adds up to what one refund of it all takes, and that is what the line earned.
What no line accounts for lessens the whole: that is rounded down once, and shared out among the lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor
from typing import Final

from hub.core.course import Refund, sum_refunds
from hub.core.model import OrderState
from rules.earning import PaidLine, PaidOrder
from rules.earning.sharing_out import share_out
from rules.orders.lifecycle import find_paid_ms, has_ended

_NONE: Final = Fraction(0)
_ALL: Final = Fraction(1)


def keep_points(by_line: Mapping[str, int], order: OrderState, basis: PaidOrder) -> dict[str, int]:
    """What stands of each line's points, for the lines that have any."""
    if has_ended(order) and find_paid_ms(order) is not None:
        return {}
    kept = dict(by_line)
    if order.header.course.refunds:
        refunded = _sum_shares(order, basis)
        kept = {line: floor(points * (_ALL - refunded.get(line, _NONE))) for line, points in by_line.items()}
        left = _find_left(order, basis, refunded)
        if left < _ALL:
            kept = share_out(floor(sum(kept.values()) * left), kept)
    return {line: points for line, points in kept.items() if points}


def _sum_shares(order: OrderState, basis: PaidOrder) -> dict[str, Fraction]:
    """The share of each line that was refunded, up to the whole of it."""
    lines = {line.line_id: line for line in basis.lines}
    shares = sum_refunds(order.header.course, lambda one: _share(lines.get(one.line_id), one))
    return {line: min(share, _ALL) for line, share in shares.items()}


def _share(line: PaidLine | None, refund: Refund) -> Fraction:
    if line is None:
        return _NONE
    if line.amount_fen > 0 and refund.amount_fen:
        return Fraction(refund.amount_fen, line.amount_fen)
    return Fraction(refund.quantity, line.quantity) if line.quantity > 0 else _NONE


def _find_left(order: OrderState, basis: PaidOrder, refunded: Mapping[str, Fraction]) -> Fraction:
    """The share of the whole that stands after the refunds that no line accounts for."""
    lines = {line.line_id: line for line in basis.lines}
    settled = order.replaced | {line for line, share in refunded.items() if share}

    def count(refund: Refund) -> Fraction:
        return _NONE if refund.line_id in settled else Fraction(refund.amount_fen)

    loose = sum(sum_refunds(order.header.course, count).values(), _NONE)
    whole = basis.amount_fen - sum(lines[line].amount_fen * share for line, share in refunded.items() if share)
    if not loose:
        return _ALL
    return max(_NONE, _ALL - loose / whole) if whole > 0 else _NONE
