"""A whole number shared out so that the parts are whole and add up to it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction


def share_out(amount: int, weights: Mapping[str, Fraction]) -> dict[str, int]:
    """Parts of an amount by weight, by largest remainder; of equal remainders the smaller key's is served first.

    Weights below 0 get nothing; where none is above, all get the same.
    """
    above = {key: max(weight, Fraction(0)) for key, weight in weights.items()}
    whole = sum(above.values())
    quotas = {key: amount * (weight / whole if whole else Fraction(1, len(above))) for key, weight in above.items()}
    parts = {key: quota.numerator // quota.denominator for key, quota in quotas.items()}
    left = amount - sum(parts.values())
    for key in sorted(quotas, key=lambda key: (parts[key] - quotas[key], key))[:left]:
        parts[key] += 1
    return parts
