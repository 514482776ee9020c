"""How often a person may still have a benefit: their tier's quota of the period, then what was given to them alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hub.core.ledger import FOREVER_MS
from rules.benefits.model import Benefit, Benefits, Entitlement, Per
from rules.calendar import begin_ms, day_of, first_of, month_of


class Use(NamedTuple):
    """One use of a benefit.

    `source` is the key of the entitlement that it was taken from, empty for the tier's; `restored_ms` is when it was
    given back, None while it counts.
    """

    benefit: str
    at_ms: int
    source: str = ""
    restored_ms: int | None = None

    def as_of(self, at_ms: int) -> Use:
        """The use as it stood at an instant."""
        later = self.restored_ms is not None and self.restored_ms > at_ms
        return self._replace(restored_ms=None) if later else self


@dataclass(frozen=True, slots=True)
class Allowance:
    """What can be had of a benefit from an instant until before another.

    Attributes:
        source: an entitlement's key, empty for the tier's quota.
        used: may be more than the quota, where two persons who had used theirs became one.
    """

    benefit: str
    source: str
    quota: int
    used: int
    from_ms: int
    to_ms: int

    @property
    def left(self) -> int:
        """How often it can still be used."""
        return max(0, self.quota - self.used)


def find_allowances(
    benefits: Benefits,
    tier: str | None,
    entitlements: Iterable[Entitlement],
    uses: Iterable[Use],
    *,
    birthday: str | None,
    now_ms: int,
    zone: ZoneInfo,
) -> list[Allowance]:
    """What a person of a tier can have now, in the programme's order; what ends soonest first.

    `birthday` is an ISO date; without one there is no birthday month.
    """
    own, used = list(entitlements), [one for one in uses if one.restored_ms is None]
    found: list[Allowance] = []
    for benefit in benefits.benefits.values():
        period = _find_period(benefit.per, birthday, now_ms, zone) if tier in benefit.tiers else None
        if period is not None:
            # Who corrects their birthday does not have another one in the same year.
            counted = _find_year(now_ms, zone) if benefit.per == "birthday_month" else period
            taken = _count(used, benefit.name, "", *counted)
            found.append(Allowance(benefit.name, "", benefit.quota, taken, *period))
        found += _find_own(benefit, own, used, now_ms)
    return found


def _find_own(benefit: Benefit, own: Iterable[Entitlement], used: Iterable[Use], now_ms: int) -> Iterator[Allowance]:
    for one in sorted(own, key=lambda one: (one.to_ms, one.key)):
        if one.benefit == benefit.name and one.from_ms <= now_ms < one.to_ms:
            taken = _count(used, benefit.name, one.key, one.from_ms, one.to_ms)
            yield Allowance(benefit.name, one.key, one.count, taken, one.from_ms, one.to_ms)


def _count(uses: Iterable[Use], benefit: str, source: str, from_ms: int, to_ms: int) -> int:
    return sum(one.benefit == benefit and one.source == source and from_ms <= one.at_ms < to_ms for one in uses)


def _find_period(per: Per, birthday: str | None, now_ms: int, zone: ZoneInfo) -> tuple[int, int] | None:
    """The period that an instant is in; None outside of the month of the birthday."""
    year, month = month_of(day_of(now_ms, zone))
    match per:
        case "once":
            return 0, FOREVER_MS
        case "year":
            return _find_year(now_ms, zone)
        case "birthday_month" if birthday is None or int(birthday.split("-")[1]) != month:
            return None
        case "month" | "birthday_month":
            return begin_ms(first_of(year, month), zone), begin_ms(first_of(year, month + 1), zone)


def _find_year(now_ms: int, zone: ZoneInfo) -> tuple[int, int]:
    year, _ = month_of(day_of(now_ms, zone))
    return begin_ms(first_of(year, 1), zone), begin_ms(first_of(year + 1, 1), zone)
