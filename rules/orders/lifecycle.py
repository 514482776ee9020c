"""The state machine of an order: its stages, what each implies, and when it came to those that matter.

Where the order stands is the stage that was stated last; a closed or refunded one has ended. What it came to on the way
is kept beside that, because events are missed, come late and come twice: a stage implies those before it.
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
    return _find(order, "closed") if order.header.status[0] == "closed" else None


def has_ended(order: OrderState) -> bool:
    """Whether it was closed, or paid back as a whole."""
    return order.header.status[0] in _ENDED


def _find(order: OrderState, stage: str) -> int | None:
    return _first(order, (stage,))


def _first(order: OrderState, stages: tuple[str, ...]) -> int | None:
    return min((one.at_ms for one in order.header.course.reached if one.stage in stages), default=None)
