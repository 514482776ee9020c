"""Who is who: live claims, the policy and stewards' rulings in, groups of records out.

`resolve` looks at nothing but its arguments, so that its answer can be replayed, explained and rehearsed. It does not
depend on the order in which evidence arrived or is listed: whatever has to be walked in an order is ordered by what it
says, never by when the hub heard it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from hub.core.model import DAY_MS
from rules.component import HeldIdentifier, RecordEvidence, Ruling
from rules.groups import Barrier, GroupSet, RecordGroup
from rules.likeness import Likeness, compare_traits
from rules.policy import IdentifierType, Policy


@dataclass(frozen=True, slots=True)
class Join:
    """Two records that became one person's, and by what: an identifier's key with its type, or a ruling's id."""

    left: str
    right: str
    by: str
    type: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """What would have joined groups and was not let.

    Attributes:
        kind: `limit`: the person would hold too many identifiers of a type; `shared`: the holders contradict each
            other or some are kept apart, so that the identifier is shared; `recycled`: it was given up before the
            others got it; `ruling`: a steward keeps them apart; `conflict`: rulings contradict each other.
        by, type: as in `Join`.
        sides: the records of each group that holds it, in the order of their first records.
        reasons: what speaks against the join, such as `name` or `unionid`; sorted.
        open: whether a person has to decide: the evidence alone leaves it open.
    """

    kind: str
    by: str
    type: str
    sides: tuple[frozenset[str], ...]
    reasons: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one person; `person_id` is the birth id among theirs that the hub gave out first."""

    person_id: str
    records: frozenset[str]


@dataclass(frozen=True, slots=True)
class Resolution:
    """The partition of a component: groups by person id, the joins that made them in their order, what was refused."""

    groups: tuple[Group, ...]
    joins: tuple[Join, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def resolve(
    records: Iterable[RecordEvidence],
    policy: Policy,
    *,
    rulings: Iterable[Ruling] = (),
    inert: Collection[str] = frozenset(),
    releases: Mapping[str, Collection[int]] | None = None,
) -> Resolution:
    """Partition records into persons.

    Args:
        records: a component: whatever an identifier that links, or a ruling, connects to one of them is among them.
        rulings: the live ones; those on other records are ignored.
        inert: identifiers that link nobody: blocked values, and quarantined ones.
        releases: for identifiers, the instants (epoch ms) at which a record gave them up for another value.

    Rulings come first. Then identifiers are walked from the strongest type to the weakest, and each joins the groups
    that hold it unless that breaks a limit, a ruling, or (where the type asks) is contradicted by the profiles. At
    last groups are joined that share enough weak identifiers.
    """
    evidence = sorted(records)
    walk = _Walk(evidence, policy, releases or {})
    walk.obey(sorted(rulings))
    weak: list[_Held] = []
    for held in _order(evidence, policy, inert):
        if held.kind.power == "strong":
            walk.join(held)
        else:
            weak.append(held)
    if policy.weak_needed and weak:
        walk.join_weak(weak)
    return walk.finish()


class _Held(NamedTuple):
    """An identifier with the claims of those who hold it, by record; at least two."""

    key: str
    kind: IdentifierType
    holders: dict[str, HeldIdentifier]


class _Pair(NamedTuple):
    """What is known of two groups that hold an identifier.

    Attributes:
        changed_hands: whether it left the one before the other got it.
        parted: whether a steward keeps them apart.
    """

    like: Likeness
    changed_hands: bool
    parted: bool

    @property
    def explained(self) -> bool:
        """Whether the evidence tells why they are two persons."""
        return self.like.verdict == "contradict" or self.changed_hands

    @property
    def unsettled(self) -> bool:
        """Whether nothing tells that they are one person, or two."""
        return self.like.verdict == "silent" and not self.changed_hands and not self.parted

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks against their being one."""
        return (*self.like.against, "ruling") if self.parted else self.like.against


def _order(evidence: Iterable[RecordEvidence], policy: Policy, inert: Collection[str]) -> list[_Held]:
    """Shared identifiers, the strongest first; equals by who holds them, because keys change with the hash's key."""
    holders: dict[tuple[str, str], dict[str, HeldIdentifier]] = defaultdict(dict)
    for one in evidence:
        for claim in one.claims:
            if policy.links(claim.type) and claim.identifier not in inert:
                holders[claim.type, claim.identifier][one.record] = claim
    shared = [_Held(key, policy.types[name], held) for (name, key), held in holders.items() if len(held) > 1]
    shared.sort(key=_strength)
    return shared


def _strength(held: _Held) -> tuple[int, str, bool, list[str], str]:
    proved = any(claim.verified for claim in held.holders.values())
    return held.kind.priority, held.kind.name, not proved, sorted(held.holders), held.key


class _Walk:
    def __init__(
        self, evidence: Iterable[RecordEvidence], policy: Policy, releases: Mapping[str, Collection[int]]
    ) -> None:
        self._policy = policy
        self._releases = releases
        self._groups = GroupSet(evidence, policy)
        self._joins: list[Join] = []
        self._refusals: list[Refusal] = []

    def obey(self, rulings: Iterable[Ruling]) -> None:
        known = [one for one in rulings if one.left in self._groups and one.right in self._groups]
        for ruling in known:
            if ruling.apart:
                self._groups.part(ruling.left, ruling.right)
        for ruling in known:
            if not ruling.apart:
                self._obey(ruling)

    def _obey(self, ruling: Ruling) -> None:
        left, right = self._groups.of(ruling.left), self._groups.of(ruling.right)
        if left is right:
            return
        if self._groups.parted(left, right):
            sides = _sides([left, right])
            self._refusals.append(Refusal("conflict", ruling.id, "ruling", sides, (), open=True))
            return
        self._groups.merge(left, right)
        self._joins.append(Join(ruling.left, ruling.right, ruling.id, "ruling"))

    def join(self, held: _Held) -> None:
        groups = self._holding(held)
        if len(groups) < 2:
            return
        if held.kind.contradictions:
            self._join_alike(held, groups)
        else:
            self._join_all(held, groups)

    def _holding(self, held: _Held) -> list[RecordGroup]:
        found = {id(group): group for group in map(self._groups.of, held.holders)}
        return sorted(found.values(), key=lambda group: group.first)

    def _join_all(self, held: _Held, groups: list[RecordGroup]) -> None:
        taken, barriers = self._gather(held, groups)
        if len(taken) > 1:
            self._refuse(held, taken, barriers)

    def _join_alike(self, held: _Held, groups: list[RecordGroup]) -> None:
        """Join all, unless they cannot be one person together: then several share it, and only those join that agree.

        Were the others joined as well, a holder of whom nothing is known would go to whoever comes first.
        """
        pairs = [self._compare(held, one, two) for one, two in combinations(groups, 2)]
        explained = any(pair.explained for pair in pairs)
        limits = [] if explained else self._groups.broken_limits(groups)
        if explained or limits or any(pair.parted for pair in pairs):
            self._refuse_shared(held, *self._gather(held, groups, alike=True), limits)
        else:
            self._merge_all(held, groups)

    def _gather(
        self, held: _Held, groups: list[RecordGroup], *, alike: bool = False
    ) -> tuple[list[RecordGroup], list[Barrier]]:
        """Join each group to the first that may take it, until nothing changes, as grown groups may agree with more.

        What is left, and what kept the groups that are left from each other.
        """
        taken: list[RecordGroup] = []
        barriers: list[Barrier] = []
        for group in groups:
            for place, other in enumerate(taken):
                if alike and self._compare(held, other, group).like.verdict != "agree":
                    continue
                barrier = self._groups.barrier(other, group)
                if barrier is None:
                    taken[place] = self._merge(held, other, group)
                    break
                barriers.append(barrier)
            else:
                taken.append(group)
        return (taken, barriers) if len(taken) == len(groups) else self._gather(held, taken, alike=alike)

    def _compare(self, held: _Held, one: RecordGroup, two: RecordGroup) -> _Pair:
        like = compare_traits(one.traits, two.traits, held.kind.contradictions)
        changed_hands = like.verdict != "agree" and self._changed_hands(held, one, two)
        return _Pair(like, changed_hands, self._groups.parted(one, two))

    def _changed_hands(self, held: _Held, one: RecordGroup, two: RecordGroup) -> bool:
        """Whether the value was given up or lay idle between the last word of one group and the first of the other."""
        if held.kind.idle_days is None:
            return False
        early, late = sorted((_tenure(held, one), _tenure(held, two)))
        if late[0] - early[1] >= held.kind.idle_days * DAY_MS:
            return True
        return any(early[1] <= released < late[0] for released in self._releases.get(held.key, ()))

    def _refuse(self, held: _Held, groups: list[RecordGroup], barriers: Iterable[Barrier]) -> None:
        reasons = {barrier.what for barrier in barriers}
        limits = {barrier.what for barrier in barriers if barrier.kind == "limit"}
        kind = "limit" if limits else "ruling"
        self._refusals.append(
            Refusal(kind, held.key, held.kind.name, _sides(groups), tuple(sorted(reasons)), open=bool(limits))
        )

    def _refuse_shared(
        self, held: _Held, groups: list[RecordGroup], barriers: list[Barrier], limits: list[str]
    ) -> None:
        """`limits`: the types of which all holders together have too many, where nothing else explains it."""
        if len(groups) < 2:
            return
        pairs = [self._compare(held, one, two) for one, two in combinations(groups, 2)]
        unsettled = any(pair.unsettled for pair in pairs) or any(barrier.kind == "limit" for barrier in barriers)
        reasons = {barrier.what for barrier in barriers}.union(*(pair.reasons for pair in pairs))
        kind = "recycled" if any(pair.changed_hands for pair in pairs) else "shared"
        if limits and unsettled:
            kind = "limit"
            reasons.update(limits)
        elif reasons == {"ruling"} and not unsettled:
            kind = "ruling"
        self._refusals.append(
            Refusal(kind, held.key, held.kind.name, _sides(groups), tuple(sorted(reasons)), open=unsettled)
        )

    def _merge_all(self, held: _Held, groups: list[RecordGroup]) -> None:
        whole, *others = groups
        for group in others:
            whole = self._merge(held, whole, group)

    def _merge(self, held: _Held, one: RecordGroup, two: RecordGroup) -> RecordGroup:
        left = min(record for record in held.holders if record in one.records)
        right = min(record for record in held.holders if record in two.records)
        self._joins.append(Join(left, right, held.key, held.kind.name))
        return self._groups.merge(one, two)

    def join_weak(self, weak: list[_Held]) -> None:
        """Join groups that share enough weak identifiers of different types, until nothing changes."""
        changed = True
        while changed:
            changed = False
            for pair, shared in sorted(self._shared_weak(weak).items()):
                one, two = map(self._groups.of, pair)
                kinds = {held.kind.name for held in shared}
                if len(kinds) < self._policy.weak_needed or self._groups.barrier(one, two):
                    continue
                if any(self._compare(held, one, two).like.verdict == "contradict" for held in shared):
                    continue
                self._merge(shared[0], one, two)
                changed = True
                break

    def _shared_weak(self, weak: Iterable[_Held]) -> dict[tuple[str, str], list[_Held]]:
        shared: dict[tuple[str, str], list[_Held]] = defaultdict(list)
        for held in weak:
            for one, two in combinations(self._holding(held), 2):
                shared[one.first, two.first].append(held)
        return shared

    def finish(self) -> Resolution:
        groups = [Group(group.person_id, frozenset(group.records)) for group in self._groups.all()]
        groups.sort(key=lambda group: group.person_id)
        return Resolution(tuple(groups), tuple(self._joins), tuple(self._refusals))


def _tenure(held: _Held, group: RecordGroup) -> tuple[int, int]:
    claims = [claim for record, claim in held.holders.items() if record in group.records]
    return min(claim.from_ms for claim in claims), max(claim.observed_ms for claim in claims)


def _sides(groups: Iterable[RecordGroup]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(group.records) for group in sorted(groups, key=lambda group: group.first))
