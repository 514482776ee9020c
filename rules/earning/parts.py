"""Exact numbers, one for each line of an order, as whole numerators over one denominator.

Fractions of their own would cost most of what an order's points cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm


@dataclass(frozen=True, slots=True)
class Parts:
    """What falls to each of the lines, `numerators` over `over`, which is above 0."""

    numerators: tuple[int, ...]
    over: int = 1

    @property
    def whole(self) -> Fraction:
        """All lines together."""
        return Fraction(sum(self.numerators), self.over)

    def times(self, rate: Fraction) -> Parts:
        """So many times as much."""
        return Parts(tuple(rate.numerator * one for one in self.numerators), self.over * rate.denominator)

    def of(self, lines: tuple[bool, ...]) -> Parts:
        """Those of some lines, and nothing for the others."""
        return Parts(tuple(one if held else 0 for one, held in zip(self.numerators, lines, strict=True)), self.over)

    def at_most(self, most: int) -> Parts:
        """Each as much smaller as it takes for the whole to be no more than `most`, which is not below 0."""
        whole = sum(self.numerators)
        return self if whole <= most * self.over else Parts(tuple(most * one for one in self.numerators), whole)

    def __add__(self, others: Parts) -> Parts:
        over = lcm(self.over, others.over)
        mine, theirs = over // self.over, over // others.over
        pairs = zip(self.numerators, others.numerators, strict=True)
        return Parts(tuple(mine * one + theirs * other for one, other in pairs), over)
