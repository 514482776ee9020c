"""The state machine of an order: its stages, what each implies, and when it came to those that matter.

Where the order stands is the stage that was stated last, until it ends. What it came to on the way is kept beside that,
because events are missed, come late and come twice: a stage implies those before it.
"""

from __future__ import annotations

from typing import Final

from hub.core.course import ORDER_STATUSES
from hub.core.model import OrderState

_RANKS: Final = {stage: rank for rank, stage in enumerate(ORDER_STATUSES)}
# A presale is paid down first, but not every order is one; a closed order need not have been paid.
_IMPLIES_PAYMENT: Final = ("shipped", "received", "exchanged", "refunded")
# What is brought back for another article was received.
_IMPLIES_RECEIPT: Final = ("exchanged",)
_ENDED: Final = ("closed", "refunded")


def rank_stage(stage: str) -> int:
    """How far a stage is; of stages stated at one instant the furthest holds."""
    return _RANKS[stage]


def find_deposit_ms(order: OrderState) -> int | None:
    """When a presale was paid down, if it was."""
    return _find(order, "deposit_paid")


def find_paid_ms(order: OrderState) -> int | None:
    """When the order was paid in full, None where it was not.

    Where nobody says when, that was by the first stage that implies it for a presale, and at once for another order.
    """
    paid = _find(order, "paid")
    if paid is not None:
        return paid
    implied = _first(order, _IMPLIES_PAYMENT)
    presale = order.header.course.deposit_fen is not None or find_deposit_ms(order) is not None
    return implied if implied is None or presale else order.header.placed_ms[0]


def find_received_ms(order: OrderState) -> int | None:
    """When the customer had it, None while nobody said so."""
    received = _find(order, "received")
    return _first(order, _IMPLIES_RECEIPT) if received is None else received


def find_closed_ms(order: OrderState) -> int | None:
    """When it was closed, None where it is not."""
    return _find(order, "closed") if find_stage(order) == "closed" else None


def find_stage(order: OrderState) -> str:
    """Where it stands: what ended it, whatever is said of it later, or else the stage that was stated last.

    An order that was closed unpaid goes on if it is paid after all: that instant has to lie behind the closing's.
    """
    stated = order.header.status[0]
    if stated in _ENDED:
        return stated
    if _find(order, "refunded") is not None:
        return "refunded"
    closed, paid = _find(order, "closed"), _find(order, "paid")
    # Where nobody says when it was closed, that is when it was placed, which is before any payment.
    if closed is None or (paid is not None and order.header.placed_ms[0] < closed < paid):
        return stated
    return "closed"


def has_ended(order: OrderState) -> bool:
    """Whether it was closed, or paid back as a whole."""
    return find_stage(order) in _ENDED


def _find(order: OrderState, stage: str) -> int | None:
    return _first(order, (stage,))


def _first(order: OrderState, stages: tuple[str, ...]) -> int | None:
    first: int | None = None
    # A loop, because an import asks for several stages of each order, and most orders came to one.
    for one in order.header.course.reached:
        if one.stage in stages and (first is None or one.at_ms < first):
            first = one.at_ms
    return first
