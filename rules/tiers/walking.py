"""The walk along the tiers: at every instant the highest of what was earned, bought and granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from hub.core.ledger import FOREVER_MS
from rules.tiers.history import History, Progress, Stay, Why
from rules.tiers.model import Grant, PaidTerm, Purchase, Tiers
from rules.tiers.qualifying import Span, count, find_kept

_SOURCES: Final[tuple[Why, ...]] = ("granted", "bought", "upgraded")
"""Of two sources of one tier the later one here is named."""


class _Held(NamedTuple):
    """A tier by its rank, for a time; `source` is a place in `_SOURCES`."""

    rank: int
    source: int
    span: Span


def walk(
    tiers: Tiers,
    purchases: Iterable[Purchase],
    grants: Iterable[Grant],
    terms: Iterable[PaidTerm],
    *,
    joined_ms: int,
    now_ms: int,
    zone: ZoneInfo,
) -> History:
    """The history of one person; what is in it up to an instant depends on nothing that happened later.

    Purchases from before the membership began count from then on. Grants and terms of tiers that the programme no
    longer has give nothing.
    """
    bought = list(purchases)
    held = [*_find_earned(tiers, bought, zone), *_find_given(tiers, grants, terms)]
    stays = list(_find_stays(tiers, held, joined_ms))
    past = tuple(stay for stay in stays if stay.from_ms <= now_ms)
    ahead = tuple(stay for stay in stays if stay.from_ms > now_ms)
    tier = past[-1].tier if past else tiers.ladder[0].name
    return History(now_ms, past, ahead, tuple(_find_progress(tiers, tier, bought, now_ms, zone)))


def _find_earned(tiers: Tiers, purchases: Sequence[Purchase], zone: ZoneInfo) -> Iterator[_Held]:
    for rank, spans in enumerate(find_kept(tiers, purchases, zone)):
        yield from (_Held(rank, _SOURCES.index("upgraded"), span) for span in spans)


def _find_given(tiers: Tiers, grants: Iterable[Grant], terms: Iterable[PaidTerm]) -> Iterator[_Held]:
    for grant in grants:
        if (rank := tiers.rank(grant.tier)) is not None:
            to_ms = FOREVER_MS if grant.to_ms is None else grant.to_ms
            rule = f"{grant.author}: {grant.reason}"
            yield _Held(rank, _SOURCES.index("granted"), Span(grant.from_ms, to_ms, to_ms, rule))
    for term in terms:
        if (rank := tiers.rank(term.tier)) is not None:
            rule = f"{term.price_fen} fen"
            yield _Held(rank, _SOURCES.index("bought"), Span(term.from_ms, term.end_ms, term.end_ms, rule))


def _find_stays(tiers: Tiers, held: Sequence[_Held], joined_ms: int) -> Iterator[Stay]:
    """Only changes of the tier: what it rests on may change unnoticed, as when a grant takes over."""
    before, first = None, _top(held, joined_ms)
    if first is None or not first.rank:
        yield Stay(tiers.ladder[0].name, joined_ms, "joined")
    for at_ms in sorted({joined_ms, *_find_turns(held, joined_ms)}):
        top = _top(held, at_ms)
        if _rank(top) > _rank(before) and top is not None:
            yield Stay(tiers.ladder[top.rank].name, at_ms, _SOURCES[top.source], top.span.rule)
        elif _rank(top) < _rank(before) and before is not None:
            yield _fall(tiers, before, _rank(top), at_ms)
        before = top


def _fall(tiers: Tiers, before: _Held, rank: int, at_ms: int) -> Stay:
    tier = tiers.ladder[rank].name
    if _SOURCES[before.source] == "upgraded":
        return Stay(tier, at_ms, "downgraded", before.span.rule, before.span.lapse_ms)
    return Stay(tier, at_ms, "ended", before.span.rule)


def _find_turns(held: Iterable[_Held], joined_ms: int) -> Iterator[int]:
    for one in held:
        yield from (at_ms for at_ms in one.span[:2] if joined_ms < at_ms < FOREVER_MS)


def _top(held: Iterable[_Held], at_ms: int) -> _Held | None:
    """The best at an instant; of equal ones that which lasts longest."""
    here = (one for one in held if one.span.from_ms <= at_ms < one.span.to_ms)
    return max(here, key=lambda one: (one.rank, one.source, one.span.to_ms, one.span), default=None)


def _rank(held: _Held | None) -> int:
    return held.rank if held else 0


def _find_progress(
    tiers: Tiers, tier: str, purchases: Sequence[Purchase], now_ms: int, zone: ZoneInfo
) -> Iterator[Progress]:
    above = tiers.ladder[(tiers.rank(tier) or 0) + 1 :]
    for one in next((higher for higher in above if higher.qualify), tiers.ladder[0]).qualify:
        counted = count(one, purchases, zone)
        have = sum(part.amount for part in counted if part.from_ms <= now_ms < part.to_ms)
        yield Progress(next(higher.name for higher in above if higher.qualify), one.metric, have, one.least)
