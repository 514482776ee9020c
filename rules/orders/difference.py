"""From what was posted for an order to what should be: the fewest operations, in an order that never differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from hub.core.ledger import FOREVER_MS
from hub.core.model import OrderState
from hub.core.order_points import OrderPoints, PostedLot
from rules.ledger.expiry import Expiry, expires_ms
from rules.orders.lifecycle import find_closed_ms, find_paid_ms, find_received_ms
from rules.orders.terms import OrderTerms


class Give(NamedTuple):
    """Open a lot in an account."""

    account: str
    amount: int


class TakeBack(NamedTuple):
    """Take back part of a lot."""

    lot: PostedLot
    amount: int


class Confirm(NamedTuple):
    """Say from when a lot can be spent."""

    lot: PostedLot


Step: TypeAlias = Give | TakeBack | Confirm


@dataclass(frozen=True, slots=True)
class Target:
    """What should be posted for an order.

    Attributes:
        account: whose it is; None for a guest's, which gets nothing more, but what it has follows the order.
        kept: points by line.
        pending_ms: from when they can be spent; `FOREVER_MS` while nobody knows.
    """

    account: str | None
    kept: Mapping[str, int]
    pending_ms: int


def find_pending_ms(order: OrderState, terms: OrderTerms, zone: ZoneInfo) -> int:
    """The first instant at which an order's points can be spent; `FOREVER_MS` while nobody knows it was received.

    A forfeited deposit is safe as many days after the closing.
    """
    safe_ms = find_received_ms(order) if find_paid_ms(order) is not None else find_closed_ms(order)
    if safe_ms is None:
        return FOREVER_MS
    return expires_ms(Expiry("days", terms.pending_days), safe_ms, zone) if terms.pending_days else safe_ms


def find_steps(known: OrderPoints, target: Target, now_ms: int) -> Iterator[Step]:
    """What has to be posted; nothing where all is as it should be.

    What an order brought to another record than its buyer's is taken back whole: the buyer was corrected. What can be
    spent by now stays so, though the order should turn out to have been received later.
    """
    own = [lot for lot in known.lots if target.account in (None, lot.account)]
    yield from (TakeBack(lot, lot.net) for lot in known.lots if lot.net and lot not in own)
    surplus = sum(lot.net for lot in own) - _sum_due(known, target, sum(lot.by_hand for lot in own))
    for lot in reversed(own):
        amount = min(lot.net, max(surplus, 0))
        if amount:
            yield TakeBack(lot, amount)
            surplus -= amount
        if lot.net > amount and lot.pending_ms != target.pending_ms and not _has_begun(lot, target, now_ms):
            yield Confirm(lot._replace(taken=lot.taken + amount))
    if surplus < 0 and target.account is not None:
        yield Give(target.account, -surplus)


def _sum_due(known: OrderPoints, target: Target, by_hand: int) -> int:
    """What should stand: not what a person has taken back of it for good, who may have foreseen a refund."""
    kept = sum(target.kept.values())
    return min(kept, max(0, sum(known.by_line.values()) - by_hand)) if by_hand else kept


def _has_begun(lot: PostedLot, target: Target, now_ms: int) -> bool:
    return lot.pending_ms <= now_ms < target.pending_ms
