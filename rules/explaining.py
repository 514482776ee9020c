"""Why records are one person: paths and trees in the forest of joins that a resolution leaves behind.

Identifiers are walked from the strongest to the weakest, so that the joins are the strongest spanning forest there is:
the path between two records has no weaker step than any other way from one to the other.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from rules.component import RecordEvidence
from rules.groups import GroupSet
from rules.partition import Join, Resolution
from rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Step:
    """A join as it is walked: from a record that was reached to one that was not."""

    near: str
    far: str
    join: Join


def find_path(resolution: Resolution, left: str, right: str) -> tuple[Step, ...] | None:
    """The joins that lead from one record to another, in their order; None where they are not one person.

    Empty for a record and itself.
    """
    if left == right:
        return ()
    arrivals = {step.far: step for step in walk_tree(resolution, left)}
    if right not in arrivals:
        return None
    steps: list[Step] = []
    here = right
    while here != left:
        steps.append(arrivals[here])
        here = arrivals[here].near
    return tuple(reversed(steps))


def walk_tree(resolution: Resolution, root: str) -> tuple[Step, ...]:
    """Every join of a record's group, away from it: each step starts at the root or where an earlier one ended."""
    [tree] = walk_trees(resolution, [root])
    return tree


def walk_trees(resolution: Resolution, roots: Iterable[str]) -> list[tuple[Step, ...]]:
    """`walk_tree` from each of these records, in their order."""
    edges: dict[str, list[tuple[str, Join]]] = defaultdict(list)
    for join in resolution.joins:
        edges[join.left].append((join.right, join))
        edges[join.right].append((join.left, join))
    return [_walk(edges, root) for root in roots]


def _walk(edges: Mapping[str, list[tuple[str, Join]]], root: str) -> tuple[Step, ...]:
    reached, steps, waiting = {root}, list[Step](), deque([root])
    while waiting:
        near = waiting.popleft()
        for far, join in edges.get(near, ()):
            if far not in reached:
                reached.add(far)
                steps.append(Step(near, far, join))
                waiting.append(far)
    return tuple(steps)


def find_company(
    evidence: Iterable[RecordEvidence],
    policy: Policy,
    resolution: Resolution,
    join: Join,
    inert: Collection[str] = frozenset(),
) -> tuple[str, ...]:
    """The other weak identifiers that a join by a weak one rested on, sorted; empty for any other join.

    Weak identifiers join only together, and a join names the first of them.
    """
    kind = policy.types.get(join.type)
    if kind is None or kind.power != "weak":
        return ()
    records = {one.record: one for one in evidence}
    groups = replay(records.values(), policy, resolution.joins[: resolution.joins.index(join)])
    held = [
        {
            claim.identifier
            for record in groups.of(side).records
            for claim in records[record].claims
            if claim.identifier not in inert and policy.links(claim.type) and policy.types[claim.type].power == "weak"
        }
        for side in (join.left, join.right)
    ]
    return tuple(sorted((held[0] & held[1]) - {join.by}))


def replay(evidence: Iterable[RecordEvidence], policy: Policy, joins: Iterable[Join]) -> GroupSet:
    """The groups as they were once these joins were made."""
    groups = GroupSet(evidence, policy)
    for join in joins:
        groups.merge(groups.of(join.left), groups.of(join.right))
    return groups
