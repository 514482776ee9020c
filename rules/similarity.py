"""Two persons who are alike: what speaks against joining them without asking anybody."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from rules.component import RecordEvidence
from rules.groups import GroupSet, RecordGroup
from rules.likeness import FIELDS, compare_traits
from rules.policy import Policy


def find_objections(policy: Policy, one: Iterable[RecordEvidence], other: Iterable[RecordEvidence]) -> tuple[str, ...]:
    """A type of identifier of which one person would hold too many, then the fields that contradict each other.

    Each of the two has a record. A limit that one of them breaks by itself already is no objection.
    """
    left, right = list(one), list(other)
    groups = GroupSet([*left, *right], policy)
    mine, theirs = _merge(groups, left), _merge(groups, right)
    barrier = groups.barrier(mine, theirs)
    against = compare_traits(mine.traits, theirs.traits, FIELDS).against
    return (barrier.what, *against) if barrier is not None else against


def _merge(groups: GroupSet, records: Iterable[RecordEvidence]) -> RecordGroup:
    return reduce(groups.merge, (groups.of(one.record) for one in records))
