"""Paid tiers: how long what was paid for lasts, and what of the price is used up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.calendar import add_months, begin_ms, day_of
from rules.tiers.model import Offer, PaidTerm


class SplitPrice(NamedTuple):
    """A price in fen: what of it is used up, and what is given back. They add up to it."""

    used_fen: int
    refund_fen: int


class Sale(NamedTuple):
    """A term that is sold, and (by key) those paid for before that have to begin later for its sake."""

    term: PaidTerm
    moved: dict[str, PaidTerm]


def sell_term(tier: str, offer: Offer, terms: Mapping[str, PaidTerm], at_ms: int, zone: ZoneInfo) -> Sale:
    """The next term of a tier for who has these terms, by key.

    It begins at the end of what runs without a gap, or now. A term that begins later goes behind it, so that no day is
    paid for twice. What was cancelled counts for nothing.
    """
    own = {key: term for key, term in terms.items() if term.tier == tier and term.cancelled_ms is None}
    from_ms = at_ms
    for term in _by_begin(own.values()):
        if term.from_ms <= from_ms < term.to_ms:
            from_ms = term.to_ms
    to_ms = find_term_end(offer, from_ms, zone, since_ms=_find_chain(own.values(), from_ms))
    ahead = {key: term for key, term in own.items() if term.from_ms > from_ms}
    return Sale(PaidTerm(tier, from_ms, to_ms, offer.price_fen), _move_behind(ahead, to_ms, zone))


def find_term_end(offer: Offer, from_ms: int, zone: ZoneInfo, *, since_ms: int | None = None) -> int:
    """The first instant after a term that begins at an instant: a midnight; its first day counts whole.

    Args:
        since_ms: when the first of the terms began that it follows without a gap: months end on the day of that one.
    """
    since = day_of(since_ms, zone) if since_ms is not None and offer.months else None
    return begin_ms(add_months(day_of(from_ms, zone), offer.months, since=since) + offer.days, zone)


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


def _by_begin(terms: Iterable[PaidTerm]) -> list[PaidTerm]:
    return sorted(terms, key=lambda one: (one.from_ms, one.to_ms))


def _find_chain(terms: Iterable[PaidTerm], at_ms: int) -> int:
    """When the first of the terms began that run without a gap until an instant; the instant itself for none."""
    for term in reversed(_by_begin(terms)):
        if term.to_ms == at_ms:
            at_ms = term.from_ms
    return at_ms


def _move_behind(ahead: Mapping[str, PaidTerm], end_ms: int, zone: ZoneInfo) -> dict[str, PaidTerm]:
    moved: dict[str, PaidTerm] = {}
    for key, term in sorted(ahead.items(), key=lambda one: one[1].from_ms):
        if term.from_ms >= end_ms:
            break
        days = day_of(term.to_ms, zone) - day_of(term.from_ms, zone)
        moved[key] = replace(term, from_ms=end_ms, to_ms=begin_ms(day_of(end_ms, zone) + days, zone))
        end_ms = moved[key].to_ms
    return moved
