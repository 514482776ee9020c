"""The walk along the tiers: at every instant the highest of what was earned, bought and granted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from hub.core.ledger import FOREVER_MS
from rules.tiers.comparing import compare_tiers
from rules.tiers.history import History, Progress, Stay, Why
from rules.tiers.model import Edition, Grant, PaidTerm, Purchase, Tiers
from rules.tiers.qualifying import Span, count_at, find_kept

SOURCES: Final[tuple[Why, ...]] = ("granted", "bought", "upgraded")
"""Of two sources of one tier the later one here is named."""


class Held(NamedTuple):
    """A tier for a time; `source` is a place in `SOURCES`."""

    tier: str
    source: int
    span: Span


class Here(NamedTuple):
    """The tier at an instant by the edition then in force, and what it rests on; nothing for everybody's."""

    edition: Edition
    tier: str
    held: Held | None


def walk(
    editions: Sequence[Edition],
    purchases: Iterable[Purchase],
    grants: Iterable[Grant],
    terms: Iterable[PaidTerm],
    *,
    joined_ms: int,
    now_ms: int,
) -> History:
    """The history of one person; what is in it up to an instant depends on nothing that happened later.

    Purchases from before the membership began count from then on. Each instant goes by the edition that was in force,
    the first one before that, too. Grants and terms of tiers that it does not have give nothing.

    Args:
        editions: in the order of time; at least one.
    """
    known = find_known(editions, now_ms)
    tiers, bought = known[-1].tiers, list(purchases)
    held = [*find_earned(known, bought), *find_given(grants, terms)]
    stays = list(_find_stays(known, held, joined_ms))
    past = tuple(stay for stay in stays if stay.from_ms <= now_ms)
    ahead = tuple(stay for stay in stays if stay.from_ms > now_ms)
    tier = past[-1].tier if past else tiers.ladder[0].name
    return History(now_ms, past, ahead, tuple(_find_progress(tiers, tier, bought, now_ms, known[-1].zone)))


def find_known(editions: Sequence[Edition], now_ms: int) -> list[Edition]:
    """The editions that had come by an instant; the first one in any case."""
    return [edition for place, edition in enumerate(editions) if not place or edition.from_ms <= now_ms]


def find_earned(editions: Sequence[Edition], purchases: Sequence[Purchase]) -> Iterator[Held]:
    """When tiers are kept by what was bought."""
    for name, spans in find_kept(editions, purchases).items():
        yield from (Held(name, SOURCES.index("upgraded"), span) for span in spans)


def find_given(grants: Iterable[Grant], terms: Iterable[PaidTerm]) -> Iterator[Held]:
    """When tiers are granted, or paid for."""
    for grant in grants:
        to_ms = FOREVER_MS if grant.to_ms is None else grant.to_ms
        rule = f"{grant.author}: {grant.reason}"
        yield Held(grant.tier, SOURCES.index("granted"), Span(grant.from_ms, to_ms, to_ms, rule, rule))
    for term in terms:
        rule = f"{term.price_fen} fen"
        yield Held(term.tier, SOURCES.index("bought"), Span(term.from_ms, term.end_ms, term.end_ms, rule, rule))


def _find_stays(editions: Sequence[Edition], held: Sequence[Held], joined_ms: int) -> Iterator[Stay]:
    """Only changes of the tier: what it rests on may change unnoticed, as when a grant takes over."""
    before = None
    for at_ms in sorted({joined_ms, *_find_turns(editions, held, joined_ms)}):
        here = look(editions, held, at_ms)
        if before is None and here.held is not None and here.edition.tiers.rank(here.tier):
            yield _rise(here.tier, here.held, at_ms)
        elif before is None:
            yield Stay(here.tier, at_ms, "joined")
        elif here.tier != before.tier:
            yield _change(before, here, at_ms)
        before = here


def _change(before: Here, here: Here, at_ms: int) -> Stay:
    up = compare_tiers(before.edition.tiers, here.edition.tiers, before.tier, here.tier)
    if here.held is not None and up >= 0:
        return _rise(here.tier, here.held, at_ms)
    if before.held is not None:
        return _fall(here, before.held, at_ms)
    # Everybody's tier has another name in this edition.
    return Stay(here.tier, at_ms, "joined", here.edition.version)


def _rise(tier: str, held: Held, at_ms: int) -> Stay:
    return Stay(tier, at_ms, SOURCES[held.source], held.span.rule)


def _fall(here: Here, before: Held, at_ms: int) -> Stay:
    """What has not ended is not on the ladder any more, or lower on it."""
    ended = before.span.to_ms <= at_ms
    rule = before.span.last_rule if ended else here.edition.version
    if SOURCES[before.source] == "upgraded":
        return Stay(here.tier, at_ms, "downgraded", rule, before.span.lapse_ms if ended else at_ms)
    return Stay(here.tier, at_ms, "ended", rule)


def _find_turns(editions: Iterable[Edition], held: Iterable[Held], joined_ms: int) -> Iterator[int]:
    turns = [edition.from_ms for edition in editions] + [at_ms for one in held for at_ms in one.span[:2]]
    yield from (at_ms for at_ms in turns if joined_ms < at_ms < FOREVER_MS)


def look(editions: Sequence[Edition], held: Iterable[Held], at_ms: int) -> Here:
    """The best at an instant; of equal ones that which lasts longest."""
    place = bisect_right(editions, at_ms, lo=1, key=lambda edition: edition.from_ms)
    edition = editions[place - 1]
    here = (one for one in held if one.span.from_ms <= at_ms < one.span.to_ms)
    ranked = ((rank, one) for one in here if (rank := edition.tiers.rank(one.tier)) is not None)
    best = max(ranked, key=lambda one: (one[0], one[1].source, one[1].span.to_ms, one[1].span), default=None)
    return Here(edition, edition.tiers.ladder[0].name, None) if best is None else Here(edition, best[1].tier, best[1])


def _find_progress(
    tiers: Tiers, tier: str, purchases: Sequence[Purchase], now_ms: int, zone: ZoneInfo
) -> Iterator[Progress]:
    above = tiers.ladder[(tiers.rank(tier) or 0) + 1 :]
    for one in next((higher for higher in above if higher.qualify), tiers.ladder[0]).qualify:
        have = sum(part.amount for part in count_at(one, purchases, now_ms, zone))
        yield Progress(next(higher.name for higher in above if higher.qualify), one.metric, have, one.least)
