"""Many claims compared in little memory: all of them in a fixed number of sums, then those that differ one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Final

from rules.ledger.claims import Claim, Owner

_SUMS: Final = 1 << 16
_MODULUS: Final = 1 << 61
"""Claims that do not make up for each other add up to 0 by chance once in so many times."""


class Tally:
    """The sums of all claims, each owner's in one of them; whose claims all make up for each other leave 0."""

    def __init__(self) -> None:
        self._sums = [0] * _SUMS

    def note(self, claims: Iterable[Claim]) -> None:
        """Add claims to their sums."""
        for claim in claims:
            if claim.amount:
                place = place_of(claim.owner)
                weight = hash((claim.owner, claim.what)) | 1
                self._sums[place] = (self._sums[place] + claim.amount * weight) % _MODULUS

    @property
    def suspects(self) -> frozenset[int]:
        """The places of the sums that are not 0: some of their owners' claims do not fit."""
        return frozenset(place for place, amount in enumerate(self._sums) if amount)


class Differences:
    """What the claims of the owners at some places come to, each by itself."""

    def __init__(self, places: Collection[int]) -> None:
        self._places = places
        self._left: dict[Owner, Counter[tuple[str, ...]]] = defaultdict(Counter)

    def note(self, claims: Iterable[Claim]) -> None:
        """Add those claims that are of owners at these places."""
        for claim in claims:
            if claim.amount and place_of(claim.owner) in self._places:
                self._left[claim.owner][claim.what] += claim.amount

    @property
    def found(self) -> dict[tuple[Owner, tuple[str, ...]], int]:
        """What is left, without what made up for each other."""
        return {(owner, what): left for owner, told in self._left.items() for what, left in told.items() if left}


def place_of(owner: Owner) -> int:
    """Where an owner's claims are added up, in this process."""
    return hash(owner) % _SUMS
