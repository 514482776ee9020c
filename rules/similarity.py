"""Two persons who are alike: what speaks against joining them without asking anybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rules.component import RecordEvidence
from rules.likeness import FIELDS, Traits, compare_traits
from rules.policy import Policy

_Held = dict[tuple[str, str], set[str]]


def find_objections(policy: Policy, one: Iterable[RecordEvidence], other: Iterable[RecordEvidence]) -> tuple[str, ...]:
    """The types of identifier of which one person would hold too many, then the fields that contradict each other.

    A limit that one of the two breaks by itself already is no objection.
    """
    left, right = list(one), list(other)
    mine, theirs = _hold(policy, left), _hold(policy, right)
    broken = {
        place[0]
        for place in mine.keys() & theirs.keys()
        if len(together := mine[place] | theirs[place]) > (policy.types[place[0]].max_per_person or 0)
        and len(together) > max(len(mine[place]), len(theirs[place]))
    }
    against = compare_traits(_say(left), _say(right), FIELDS).against
    return (*sorted(broken), *against)


def _hold(policy: Policy, records: Iterable[RecordEvidence]) -> _Held:
    """(type, scope) to what is held of it, for types with a limit."""
    held: _Held = defaultdict(set)
    for one in records:
        for claim in one.claims:
            kind = policy.types.get(claim.type)
            if kind is not None and kind.max_per_person is not None:
                held[claim.type, claim.scope].add(claim.identifier)
    return held


def _say(records: Iterable[RecordEvidence]) -> Traits:
    traits = Traits()
    for one in records:
        traits.add(Traits.of(one.profile))
    return traits
