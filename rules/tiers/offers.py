"""Paid tiers: how long what was paid for lasts, and what of the price is used up."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.calendar import add_months, begin_ms, day_of
from rules.tiers.model import Offer, PaidTerm


class SplitPrice(NamedTuple):
    """A price in fen: what of it is used up, and what is given back. They add up to it."""

    used_fen: int
    refund_fen: int


def find_term_end(offer: Offer, from_ms: int, zone: ZoneInfo) -> int:
    """The first instant after a term that begins at an instant: a midnight; its first day counts whole."""
    first = day_of(from_ms, zone)
    return begin_ms(add_months(first, offer.months) + offer.days, zone)


def split_price(term: PaidTerm, at_ms: int, zone: ZoneInfo) -> SplitPrice:
    """What a term has used up if it is cancelled at an instant: its days, the one that has begun included.

    Each day costs the same whole number of fen; what is left over is borne by the first days, a fen each, as by the
    largest remainder, where all remainders are equal.
    """
    first = day_of(term.from_ms, zone)
    days = max(1, day_of(term.to_ms, zone) - first)
    used = min(days, max(0, day_of(at_ms, zone) - first + 1)) if at_ms >= term.from_ms else 0
    each, over = divmod(term.price_fen, days)
    used_fen = used * each + min(used, over)
    return SplitPrice(used_fen, term.price_fen - used_fen)
