"""How well one partition of records fits another: over pairs of records, and by B-cubed over single ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

Places = Mapping[str, str]
"""Record to the name of the group that it is in."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Shares from 0 to 1: of what was found how much is right, and of what is right how much was found."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def count_pairs(*places: Places) -> int:
    """Pairs of records that each of the partitions has in one group; records that one of them lacks do not count."""
    first, *others = places
    groups = Counter(
        (group, *(other[record] for other in others))
        for record, group in first.items()
        if all(record in other for other in others)
    )
    return sum(size * (size - 1) // 2 for size in groups.values())


def fit_pairs(found: Places, right: Places) -> Fit:
    """By pairs: what a large group gets wrong weighs as much as its square."""
    both = count_pairs(found, right)
    return Fit(_share(both, count_pairs(found)), _share(both, count_pairs(right)))


def fit_records(found: Places, right: Places) -> Fit:
    """B-cubed (Bagga and Baldwin, 1998): for each record how much of its group is right, and averaged over records."""
    records = found.keys() & right.keys()
    sizes = Counter(found[record] for record in records)
    wanted = Counter(right[record] for record in records)
    both = Counter((found[record], right[record]) for record in records)
    precision = sum(size * size / sizes[group] for (group, _), size in both.items())
    recall = sum(size * size / wanted[group] for (_, group), size in both.items())
    return Fit(_share(precision, len(records)), _share(recall, len(records)))


def list_wrong_pairs(found: Places, right: Places) -> Iterable[tuple[str, str]]:
    """Pairs that are in one group but do not belong together."""
    groups: dict[str, list[str]] = {}
    for record in sorted(found.keys() & right.keys()):
        groups.setdefault(found[record], []).append(record)
    for records in groups.values():
        for place, left in enumerate(records):
            yield from ((left, other) for other in records[place + 1 :] if right[left] != right[other])


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed; raises ValueError for none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0
