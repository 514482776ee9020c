"""Disjoint groups of records while a component is walked: what each holds, and what keeps two of them apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rules.component import RecordEvidence
from rules.likeness import Traits
from rules.policy import Policy


class Barrier(NamedTuple):
    """Why two groups must not be one: `limit` with the type that a person would hold too many of, or `ruling`."""

    kind: str
    what: str


@dataclass(slots=True, eq=False)
class RecordGroup:
    """Records that are one person's as far as is known.

    Attributes:
        first: the key of the first record in the order of keys.
        held: (type, scope) to the identifiers of it that the group holds, for types with a limit.
    """

    records: set[str]
    first: str
    person_id: str
    traits: Traits
    held: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    foes: set[str] = field(default_factory=set)


class GroupSet:
    """A partition that only grows coarser."""

    def __init__(self, evidence: Iterable[RecordEvidence], policy: Policy) -> None:
        self._limits = {
            name: kind.max_per_person for name, kind in policy.types.items() if kind.max_per_person is not None
        }
        self._of = {one.record: self._found(one) for one in evidence}

    def _found(self, one: RecordEvidence) -> RecordGroup:
        group = RecordGroup({one.record}, one.record, one.birth_id, Traits.of(one.profile))
        for claim in one.claims:
            if claim.type in self._limits:
                group.held.setdefault((claim.type, claim.scope), set()).add(claim.identifier)
        return group

    def __contains__(self, record: str) -> bool:
        return record in self._of

    def of(self, record: str) -> RecordGroup:
        """The group that a record is in now."""
        return self._of[record]

    def all(self) -> Iterator[RecordGroup]:
        """Each group once."""
        return iter({id(group): group for group in self._of.values()}.values())

    def part(self, left: str, right: str) -> None:
        """Have these two records in different groups for good."""
        self._of[left].foes.add(right)
        self._of[right].foes.add(left)

    def parted(self, one: RecordGroup, two: RecordGroup) -> bool:
        """Whether a record of one must not be with a record of the other."""
        return not one.foes.isdisjoint(two.records)

    def barrier(self, one: RecordGroup, two: RecordGroup) -> Barrier | None:
        """What keeps two groups apart, if anything does.

        A limit is broken only by a group that would hold more than each of the two: what one record says by itself is
        no reason to keep others from it.
        """
        if self.parted(one, two):
            return Barrier("ruling", "ruling")
        broken = self.broken_limits((one, two))
        return Barrier("limit", broken[0]) if broken else None

    def broken_limits(self, groups: Iterable[RecordGroup]) -> list[str]:
        """The types of which a person of all these groups would hold too many, and more than each of them; sorted."""
        held: dict[tuple[str, str], list[set[str]]] = {}
        for group in groups:
            for place, identifiers in group.held.items():
                held.setdefault(place, []).append(identifiers)
        return sorted({place[0] for place, values in held.items() if self._is_over(place[0], values)})

    def _is_over(self, type: str, values: Collection[set[str]]) -> bool:
        together = len(set().union(*values))
        return together > self._limits[type] and together > max(map(len, values))

    def merge(self, one: RecordGroup, two: RecordGroup) -> RecordGroup:
        """Make two groups one, which takes the place of both."""
        large, small = (one, two) if len(one.records) >= len(two.records) else (two, one)
        for record in small.records:
            self._of[record] = large
        large.records |= small.records
        large.first = min(large.first, small.first)
        large.person_id = min(large.person_id, small.person_id)
        large.traits.add(small.traits)
        large.foes |= small.foes
        for place, identifiers in small.held.items():
            large.held.setdefault(place, set()).update(identifiers)
        return large
