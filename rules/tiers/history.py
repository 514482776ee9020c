"""A person's way along the tiers: behind them, where they are, and what lies ahead if nothing happens."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from rules.tiers.model import Metric

Why: TypeAlias = Literal["joined", "upgraded", "downgraded", "granted", "bought", "ended"]


@dataclass(frozen=True, slots=True)
class Stay:
    """A tier from an instant on.

    Attributes:
        why: how it came about; `ended`: a grant or a paid term did.
        rule: what it came about by: of a rise what brought it, of a fall what lapsed or ended.
        announced_ms: of a downgrade, when the qualification lapsed, so that it could be foretold.
    """

    tier: str
    from_ms: int
    why: Why
    rule: str = ""
    announced_ms: int | None = None


class Progress(NamedTuple):
    """How far it is to a tier by one of its qualifications."""

    tier: str
    metric: Metric
    have: int
    least: int


@dataclass(frozen=True, slots=True)
class History:
    """Stays in the order of time.

    Attributes:
        stays: those that began by `now_ms`; empty where the membership begins later.
        ahead: what comes if nothing happens.
        progress: towards the next tier that can be reached by buying; one for each of its qualifications.
    """

    now_ms: int
    stays: tuple[Stay, ...]
    ahead: tuple[Stay, ...] = ()
    progress: tuple[Progress, ...] = ()

    @property
    def current(self) -> Stay | None:
        """The stay now; None where the membership has not begun."""
        return self.stays[-1] if self.stays else None

    @property
    def due_ms(self) -> int | None:
        """When the tier changes next if nothing happens; None for never."""
        return self.ahead[0].from_ms if self.ahead else None

    @property
    def notice(self) -> Stay | None:
        """The downgrade that is announced: its qualification has lapsed already."""
        coming = self.ahead[0] if self.ahead else None
        announced = coming is not None and coming.announced_ms is not None and coming.announced_ms <= self.now_ms
        return coming if announced else None

    def at(self, instant_ms: int) -> Stay | None:
        """The stay at an instant, of the past or of the future; None before the membership began."""
        stays = self.stays + self.ahead
        place = bisect_right(stays, instant_ms, key=lambda stay: stay.from_ms)
        return stays[place - 1] if place else None

    def tier_at(self, instant_ms: int) -> str | None:
        """The tier at an instant; None before the membership began."""
        stay = self.at(instant_ms)
        return None if stay is None else stay.tier
