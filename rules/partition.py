"""Who is who: live claims and the policy in, groups of records out.

`resolve` looks at nothing but its arguments, so that its answer can be replayed, explained and rehearsed. The
partition does not depend on the order in which evidence arrived or is listed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rules.policy import DEFAULT_POLICY, Policy


@dataclass(frozen=True, slots=True)
class LiveClaim:
    """A record holds an identifier now. `identifier` is any key that is equal for equal identifiers."""

    record: str
    identifier: str
    type: str


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one person; `person_id` is the birth id among theirs that the hub gave out first."""

    person_id: str
    records: frozenset[str]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The partition of a component, its groups in the order of their person ids."""

    groups: tuple[Group, ...]


def resolve(
    births: Mapping[str, str],
    claims: Iterable[LiveClaim],
    policy: Policy = DEFAULT_POLICY,
    blocked: Collection[str] = frozenset(),
) -> Resolution:
    """Partition records into persons.

    Args:
        births: record to its birth person id (ids sort in the order in which the hub gave them out).
        claims: live claims of these records; one on another record, or of a type that the policy lacks, is ignored.
        policy: says which types link, and in which order they are walked.
        blocked: identifiers that link nobody, such as the shop's own hotline.

    Identifiers are walked from the strongest type to the weakest, and each joins the groups of the records that share
    it.
    """
    holders: dict[tuple[int, str, str], list[str]] = defaultdict(list)
    for claim in claims:
        if policy.links(claim.type) and claim.identifier not in blocked and claim.record in births:
            holders[policy.types[claim.type].priority, claim.type, claim.identifier].append(claim.record)
    groups = _Groups(births)
    for key in sorted(holders):
        first, *others = holders[key]
        for other in others:
            groups.join(first, other)
    return Resolution(tuple(sorted(groups.all(births), key=lambda group: group.person_id)))


class _Groups:
    """Disjoint sets of records."""

    def __init__(self, records: Iterable[str]) -> None:
        self._parent = {record: record for record in records}

    def join(self, left: str, right: str) -> None:
        self._parent[self._root(right)] = self._root(left)

    def all(self, births: Mapping[str, str]) -> list[Group]:
        members: dict[str, list[str]] = defaultdict(list)
        for record in self._parent:
            members[self._root(record)].append(record)
        return [Group(min(births[record] for record in records), frozenset(records)) for records in members.values()]

    def _root(self, record: str) -> str:
        root = record
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[record] != root:
            self._parent[record], record = root, self._parent[record]
        return root
