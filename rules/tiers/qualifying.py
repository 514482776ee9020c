"""When purchases qualify for a tier, and for how long it is kept: spans of time.

A tier is kept for the notice after each instant at which its qualification was met. So the tier at an instant is the
best of what earlier instants left of it, which more purchases never lower; counting from the last change on would.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.core.ledger import FOREVER_MS
from rules.calendar import begin_ms, day_of
from rules.ledger.expiry import expires_ms
from rules.tiers.model import Edition, Metric, Purchase, Qualification


class Span(NamedTuple):
    """From an instant until before another.

    Attributes:
        lapse_ms: when what it rests on ended, or will end.
        rule, last_rule: what it rests on at its beginning, and at its end.
    """

    from_ms: int
    to_ms: int
    lapse_ms: int
    rule: str
    last_rule: str


class Counted(NamedTuple):
    """So much of a metric, from an instant until before another."""

    from_ms: int
    to_ms: int
    amount: int


def count(qualification: Qualification, purchases: Iterable[Purchase], zone: ZoneInfo) -> list[Counted]:
    """What purchases add to a qualification's metric, and how long they do."""
    return [
        Counted(at_ms, expires_ms(qualification.window, at_ms, zone), amount)
        for at_ms, amount in _measure(qualification.metric, purchases, zone)
        if amount > 0
    ]


def count_at(qualification: Qualification, purchases: Iterable[Purchase], at_ms: int, zone: ZoneInfo) -> list[Counted]:
    """What of it counts at an instant."""
    return [one for one in count(qualification, purchases, zone) if one.from_ms <= at_ms < one.to_ms]


def find_kept(editions: Sequence[Edition], purchases: Sequence[Purchase]) -> dict[str, list[Span]]:
    """For each tier (by name) when it, or a higher one, is kept by what was bought.

    What is met is met by the edition in force. So another edition ends what it does not confirm, and the notice follows
    that which the ended one promised.
    """
    kept: dict[str, list[Span]] = defaultdict(list)
    for place, edition in enumerate(editions):
        from_ms = edition.from_ms if place else -FOREVER_MS
        to_ms = editions[place + 1].from_ms if place + 1 < len(editions) else FOREVER_MS
        for name, span in _find_kept(edition, purchases, from_ms, to_ms):
            kept[name].append(span)
    return {name: list(_unite(spans)) for name, spans in kept.items()}


def _find_kept(edition: Edition, purchases: Sequence[Purchase], from_ms: int, to_ms: int) -> Iterator[tuple[str, Span]]:
    tiers, zone = edition.tiers, edition.zone
    for above, tier in enumerate(tiers.ladder):
        met = [span for one in tier.qualify for span in _find_met(edition, one, count(one, purchases, zone))]
        for span in (cut for one in met if (cut := _cut(one, from_ms, to_ms)) is not None):
            for rank in range(above + 1):
                steps = above - rank + 1 if tiers.downgrade == "one_step" else 1
                yield tiers.ladder[rank].name, _prolong(span, tiers.notice_days * steps, zone)


def _cut(span: Span, from_ms: int, to_ms: int) -> Span | None:
    cut = span._replace(
        from_ms=max(span.from_ms, from_ms), to_ms=min(span.to_ms, to_ms), lapse_ms=min(span.lapse_ms, to_ms)
    )
    return cut if cut.from_ms < cut.to_ms else None


def _measure(metric: Metric, purchases: Iterable[Purchase], zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    match metric:
        case "spend":
            yield from ((one.at_ms, one.amount_fen) for one in purchases)
        case "orders":
            yield from ((one.at_ms, 1) for one in purchases if one.amount_fen > 0)
        case "points":
            yield from ((one.at_ms, one.points) for one in purchases)
        case "visits":
            first: dict[int, int] = {}
            for at_ms in (one.at_ms for one in purchases if one.amount_fen > 0):
                day = day_of(at_ms, zone)
                first[day] = min(at_ms, first.get(day, at_ms))
            yield from ((at_ms, 1) for at_ms in first.values())


def _find_met(edition: Edition, qualification: Qualification, counted: Iterable[Counted]) -> Iterator[Span]:
    rule = f"{edition.version}/{qualification.text}"
    changes: dict[int, int] = defaultdict(int)
    for one in counted:
        changes[one.from_ms] += one.amount
        changes[one.to_ms] -= one.amount
    have, since = 0, None
    for at_ms in sorted(changes):
        have += changes[at_ms]
        if since is None and have >= qualification.least:
            since = at_ms
        elif since is not None and have < qualification.least:
            yield Span(since, at_ms, at_ms, rule, rule)
            since = None


def _prolong(span: Span, days: int, zone: ZoneInfo) -> Span:
    if span.to_ms >= FOREVER_MS or not days:
        return span
    return span._replace(to_ms=begin_ms(day_of(span.to_ms, zone) + days, zone))


def _unite(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans that touch become one, which rests on the one that ends last."""
    whole: Span | None = None
    for span in sorted(spans):
        if whole is None or span.from_ms > whole.to_ms:
            if whole is not None:
                yield whole
            whole = span
        elif span.to_ms > whole.to_ms:
            whole = whole._replace(to_ms=span.to_ms, lapse_ms=span.lapse_ms, last_rule=span.last_rule)
    if whole is not None:
        yield whole
