"""A programme's tiers, and what a person's tier follows from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from rules.ledger.expiry import Expiry

Metric: TypeAlias = Literal["spend", "orders", "points", "visits"]
"""What is added up: fen spent, orders, points earned, or business days with a purchase."""


@dataclass(frozen=True, slots=True)
class Qualification:
    """One way to reach a tier.

    Attributes:
        least: so much of the metric is needed.
        window: how long a purchase counts. So many `days` make a rolling window; `year` and `month` one of the
            calendar.
    """

    metric: Metric
    least: int
    window: Expiry = field(default_factory=Expiry)

    @property
    def text(self) -> str:
        """All of it in a few words, such as `spend 100000 in 365 days`."""
        window = self.window
        when = {
            "never": "",
            "days": f" in {window.count + 1} days",
            "month": " in a month" if not window.count else f" in {window.count + 1} months of the calendar",
            "year": " in a year" if not window.count else f" in {window.count + 1} years of the calendar",
        }
        return f"{self.metric} {self.least}{when[window.kind]}"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a tier costs, and for how long; either `days` or `months` is more than 0."""

    price_fen: int
    days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier; any of its qualifications is enough. Without any it is only bought or granted."""

    name: str
    qualify: tuple[Qualification, ...] = ()
    offer: Offer | None = None


@dataclass(frozen=True, slots=True)
class Tiers:
    """The tiers of a programme.

    Attributes:
        ladder: from the lowest to the highest; the first is everybody's.
        downgrade: whether who lapses goes down to the tier that they still qualify for, or a step at a time.
        notice_days: so many days after a qualification lapsed a tier is lost; for each step, where there are steps.
    """

    ladder: tuple[Tier, ...] = (Tier("member"),)
    downgrade: Literal["one_step", "by_balance"] = "by_balance"
    notice_days: int = 0

    @property
    def count_points(self) -> bool:
        """Whether any tier is reached by points."""
        return any(one.metric == "points" for tier in self.ladder for one in tier.qualify)

    def rank(self, name: str) -> int | None:
        """The place of a tier on the ladder, from 0; None for one that is not on it."""
        return next((rank for rank, tier in enumerate(self.ladder) if tier.name == name), None)


class Edition(NamedTuple):
    """A programme's tiers as one of its versions lays them down, in force from an instant until the next edition.

    Attributes:
        version: what stays name it by, such as `main@3`.
        zone: by which its days begin.
    """

    from_ms: int
    tiers: Tiers
    zone: ZoneInfo
    version: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """What was bought at once.

    Attributes:
        amount_fen: net of refunds; at 0 it is no order and no visit.
        points: that it earned, net of those taken back.
    """

    at_ms: int
    amount_fen: int
    store: str | None = None
    points: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """A tier given by hand; `to_ms` is None where it has no end.

    Attributes:
        ended_ms, planned_ms: when it was ended by hand, if it was, and the end that it would have had.
    """

    tier: str
    from_ms: int
    to_ms: int | None = None
    author: str = ""
    reason: str = ""
    ended_ms: int | None = None
    planned_ms: int | None = None

    def as_of(self, at_ms: int) -> Grant:
        """The grant as it stood at an instant."""
        later = self.ended_ms is not None and self.ended_ms > at_ms
        return replace(self, to_ms=self.planned_ms, ended_ms=None, planned_ms=None) if later else self


@dataclass(frozen=True, slots=True)
class PaidTerm:
    """A tier paid for, from an instant until before another, unless it was cancelled; `sold_ms` is when it was."""

    tier: str
    from_ms: int
    to_ms: int
    price_fen: int
    cancelled_ms: int | None = None
    sold_ms: int = 0

    @property
    def end_ms(self) -> int:
        """When it ends, or ended; not before it begins."""
        end_ms = self.to_ms if self.cancelled_ms is None else min(self.to_ms, self.cancelled_ms)
        return max(self.from_ms, end_ms)

    def as_of(self, at_ms: int) -> PaidTerm:
        """The term as it stood at an instant."""
        later = self.cancelled_ms is not None and self.cancelled_ms > at_ms
        return replace(self, cancelled_ms=None) if later else self
