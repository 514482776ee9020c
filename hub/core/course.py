"""The course of an order: the stages that it came to, what was refunded of it, which lines were exchanged.

Money is integer fen of CNY: other currencies are out of scope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

ORDER_STATUSES: Final = (
    *("created", "deposit_paid", "paid", "shipped", "received", "exchanged", "refunded", "closed"),
)
"""The stages of an order, each further than those before it; `paid` is the final payment."""


class Reached(NamedTuple):
    """That an order came to a stage.

    Attributes:
        at_ms: when; where the source does not say so (`dated`), the first time that it was stated.
        stated_ms: when that was stated, 0 where it is not dated.
    """

    stage: str
    at_ms: int
    stated_ms: int
    dated: bool


class Refund(NamedTuple):
    """What was paid back.

    Attributes:
        refund_id: names it, so that a repeat is counted once; empty: all that was refunded of the line until now.
        line_id: empty for the order as a whole.
        quantity: 0 where only the amount is known.
        amount_fen: 0 where only the quantity is known.
    """

    refund_id: str
    line_id: str
    quantity: int
    amount_fen: int


class Exchange(NamedTuple):
    """That a line was taken back and another one given for it."""

    line_id: str
    by_line_id: str


class StatedRefund(NamedTuple):
    """A refund as stated at one instant."""

    observed_ms: int
    refund: Refund


class StatedExchange(NamedTuple):
    """An exchange as stated at one instant."""

    observed_ms: int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Course:
    """All that is known of an order's course.

    Attributes:
        deposit_fen: what was paid down for a presale, with the instant at which it was stated.
        reached: by stage, but for `created`.
        refunds: by refund and line.
        exchanges: by the line that was taken back.
    """

    deposit_fen: tuple[int, int] | None = None
    reached: tuple[Reached, ...] = ()
    refunds: tuple[StatedRefund, ...] = ()
    exchanges: tuple[StatedExchange, ...] = ()


def sum_refunds(course: Course, measure: Callable[[Refund], Fraction]) -> dict[str, Fraction]:
    """What was refunded of each line, by a measure; under the empty id of the order as a whole.

    Each refund is measured by itself: one may state pieces, the next one money. Where a source states both single
    refunds and how much that is until now, the greater counts.
    """
    single: dict[str, Fraction] = defaultdict(Fraction)
    until_now: dict[str, Fraction] = defaultdict(Fraction)
    for _, refund in course.refunds:
        (single if refund.refund_id else until_now)[refund.line_id] += measure(refund)
    return {line: max(single[line], until_now[line]) for line in sorted(single.keys() | until_now.keys())}
