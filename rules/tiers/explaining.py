"""Why somebody has a tier at an instant: what gives it to them, and how far each qualification is met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rules.tiers.history import Why
from rules.tiers.model import Edition, Grant, PaidTerm, Purchase, Qualification
from rules.tiers.qualifying import Counted, Span, count_at
from rules.tiers.walking import SOURCES, Held, find_earned, find_given, find_known, look


class Ground(NamedTuple):
    """What gives a tier.

    Attributes:
        source: the key of the grant or the term; empty for what was earned.
        decides: it is by this that they have the tier that they have.
    """

    tier: str
    why: Why
    span: Span
    source: str
    decides: bool


class Tally(NamedTuple):
    """What counts for a qualification of a tier, in the order of time."""

    tier: str
    qualification: Qualification
    counted: tuple[Counted, ...]

    @property
    def have(self) -> int:
        """How much there is."""
        return sum(one.amount for one in self.counted)

    @property
    def missing(self) -> int:
        """How much is not there yet."""
        return max(self.qualification.least - self.have, 0)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A tier, by the edition that was in force.

    Attributes:
        grounds: all that give a tier, from the lowest to the highest; none for who has but everybody's.
        tallies: one for each qualification of each tier, from the lowest to the highest.
    """

    tier: str
    version: str
    grounds: tuple[Ground, ...]
    tallies: tuple[Tally, ...]


def explain_tier(
    editions: Sequence[Edition],
    purchases: Sequence[Purchase],
    grants: Mapping[str, Grant],
    terms: Mapping[str, PaidTerm],
    *,
    now_ms: int,
) -> Explanation:
    """The explanation by what `walk` goes by: of the same, it comes to the same tier."""
    known = find_known(editions, now_ms)
    held = [("", one) for one in find_earned(known, purchases)]
    held += [(key, one) for key, grant in grants.items() for one in find_given([grant], ())]
    held += [(key, one) for key, term in terms.items() for one in find_given((), [term])]
    here = look(known, [one for _, one in held], now_ms)
    return Explanation(
        here.tier,
        here.edition.version,
        tuple(_find_grounds(held, here.edition, here.held, now_ms)),
        tuple(_find_tallies(here.edition, purchases, now_ms)),
    )


def _find_grounds(
    held: Sequence[tuple[str, Held]], edition: Edition, best: Held | None, now_ms: int
) -> Iterator[Ground]:
    """Those of now whose tiers the edition has; the first one is everybody's."""
    here = [(key, one) for key, one in held if one.span.from_ms <= now_ms < one.span.to_ms]
    ranked = [(rank, key, one) for key, one in here if (rank := edition.tiers.rank(one.tier))]
    for _, key, one in sorted(ranked, key=lambda found: (found[0], found[2].source, found[2].span)):
        yield Ground(one.tier, SOURCES[one.source], one.span, key, one is best)


def _find_tallies(edition: Edition, purchases: Sequence[Purchase], now_ms: int) -> Iterator[Tally]:
    for tier in edition.tiers.ladder:
        for one in tier.qualify:
            yield Tally(tier.name, one, tuple(sorted(count_at(one, purchases, now_ms, edition.zone))))
