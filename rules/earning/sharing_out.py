"""A whole number shared out so that the parts are whole and add up to it."""

from __future__ import annotations

from collections.abc import Mapping


def share_out(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Parts of an amount by weight, by largest remainder; of equal remainders the smaller key's is served first.

    Weights below 0 get nothing; where none is above, all get the same.
    """
    above = {key: max(weight, 0) for key, weight in weights.items()}
    whole = sum(above.values())
    if not whole:
        above, whole = dict.fromkeys(weights, 1), len(weights)
    quotas = {key: divmod(amount * weight, whole) for key, weight in above.items()}
    parts = {key: quota for key, (quota, _) in quotas.items()}
    left = amount - sum(parts.values())
    for key in sorted(quotas, key=lambda key: (-quotas[key][1], key))[:left]:
        parts[key] += 1
    return parts
