"""What of an order's points stands after refunds: a share of what each line earned, rounded down.

So what several refunds take of a line adds up to what one refund of it all takes, and that is what the line earned.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from hub.core.course import sum_refunds
from hub.core.model import OrderState
from rules.earning import PaidOrder
from rules.orders.lifecycle import find_paid_ms, has_ended


def keep_points(by_line: Mapping[str, int], order: OrderState, basis: PaidOrder) -> dict[str, int]:
    """What stands of each line's points, for the lines that have any."""
    if has_ended(order) and find_paid_ms(order) is not None:
        return {}
    if not order.header.course.refunds:
        return {line: points for line, points in by_line.items() if points}
    of_lines, of_order = _shares_left(order, basis)
    kept = {line: int(points * of_lines.get(line, Fraction(1)) * of_order) for line, points in by_line.items()}
    return {line: points for line, points in kept.items() if points}


def _shares_left(order: OrderState, basis: PaidOrder) -> tuple[dict[str, Fraction], Fraction]:
    """The share of each line that was not refunded, and that of the whole that no line accounts for."""
    refunds = sum_refunds(order.header.course)
    lines = {line.line_id: line for line in basis.lines}
    of_lines: dict[str, Fraction] = {}
    left_fen, loose_fen = basis.amount_fen, 0
    for line_id, (quantity, fen) in refunds.items():
        line = lines.get(line_id)
        if line is not None and line.amount_fen > 0 and fen:
            of_lines[line_id] = _left(line.amount_fen, fen)
            left_fen -= min(fen, line.amount_fen)
        elif line is not None and line.quantity > 0 and quantity:
            of_lines[line_id] = _left(line.quantity, quantity)
            left_fen -= line.amount_fen - int(line.amount_fen * of_lines[line_id])
        else:
            loose_fen += fen
    return of_lines, _left(left_fen, loose_fen) if loose_fen else Fraction(1)


def _left(whole: int, refunded: int) -> Fraction:
    return Fraction(max(0, whole - refunded), whole) if whole > 0 else Fraction(0)
