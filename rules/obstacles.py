"""Why records are two persons: for whatever both sides hold, what kept it from joining them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from hub.core.model import DAY_MS
from rules.component import HeldIdentifier, RecordEvidence, Ruling
from rules.explaining import replay
from rules.groups import RecordGroup
from rules.likeness import FIELDS, compare_traits
from rules.partition import Refusal, Resolution
from rules.policy import IdentifierType, Policy

Kind = Literal[
    "decision",
    "conflict",
    "overruled",
    "limit",
    "contradicted",
    "recycled",
    "idle",
    "undecided",
    "quarantined",
    "blocked",
    "weak",
    "household",
    "never",
    "disabled",
]
_BY_POWER: Final[Mapping[str, Kind]] = {"household": "household", "never": "never"}


@dataclass(frozen=True, slots=True)
class Inertia:
    """Why an identifier of a type that links joins nobody: its value is blocked, or too many records claim it.

    `count` is how many claim it, `limit` how many may; both 0 for a blocked value.
    """

    kind: Literal["blocked", "quarantined"]
    count: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason why two groups of records are apart.

    Attributes:
        kind: a steward's `decision` that they are two; a `conflict`: a decision that they are one, which contradicts
            another. The others are about an identifier that both sides hold. It would join them but is `overruled` by
            a decision, would break a `limit`, is `contradicted` by the profiles, was `recycled` (given up between the
            two sides), lay `idle` for too long between them, or is shared by people who contradict each other, break
            a limit together or are kept apart, while it is `undecided` which of them these two are. Or it joins
            nobody: `quarantined`, `blocked`, `weak`, a `household`'s, of a type that `never` links or is `disabled`
            (or unknown to the policy).
        by, type: the identifier's key and type, or the ruling's id and `ruling`.
        left, right: the records that hold it, or that the ruling names, on each side; sorted.
        reasons: fields that contradict each other, the type of which a person would hold too many, or `ruling`.
        count, limit: `limit`: values that the person would hold and may hold; `undecided` by a limit: values that all
            who share it hold, and a person may; `quarantined`: records that claim it and that may; `weak`: types of
            weak identifiers that are shared and that are needed, 0 where none suffice.
        at_ms: `recycled`: when it was given up; `idle`: when it was last stated before it lay idle.
        open: whether a person has to decide.
    """

    kind: Kind
    by: str
    type: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    count: int | None = None
    limit: int | None = None
    at_ms: int | None = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """All that the partition was computed from; see `rules.partition.resolve`."""

    evidence: Collection[RecordEvidence]
    policy: Policy
    rulings: Collection[Ruling] = ()
    inert: Mapping[str, Inertia] = field(default_factory=dict)
    releases: Mapping[str, Collection[int]] = field(default_factory=dict)


def find_obstacles(given: Given, resolution: Resolution, left: str, right: str) -> tuple[Obstacle, ...]:
    """What keeps the groups of two records apart: decisions first, then identifiers, the strongest type first.

    Empty where neither a decision nor anything that both sides hold speaks of them together, and where they are one.
    """
    groups = replay(given.evidence, given.policy, resolution.joins)
    for ruling in given.rulings:
        if ruling.apart and ruling.left in groups and ruling.right in groups:
            groups.part(ruling.left, ruling.right)
    one, two = groups.of(left), groups.of(right)
    if one is two:
        return ()
    pair = _Pair(given, resolution, one, two)
    barrier = groups.barrier(one, two)
    pair.limited = barrier.what if barrier is not None and barrier.kind == "limit" else None
    pair.parted = groups.parted(one, two)
    return (*pair.rulings(), *pair.identifiers())


class _Shared(NamedTuple):
    """An identifier that both groups hold, with the claims of each by record."""

    key: str
    type: str
    left: dict[str, HeldIdentifier]
    right: dict[str, HeldIdentifier]


class _Pair:
    def __init__(self, given: Given, resolution: Resolution, one: RecordGroup, two: RecordGroup) -> None:
        self.limited: str | None = None
        self.parted = False
        self._given = given
        self._policy = given.policy
        self._refusals = {refusal.by: refusal for refusal in resolution.refusals}
        self._one = one
        self._two = two

    def rulings(self) -> Iterator[Obstacle]:
        for ruling in sorted(self._given.rulings):
            if ruling.left in self._one.records and ruling.right in self._two.records:
                sides = (ruling.left,), (ruling.right,)
            elif ruling.left in self._two.records and ruling.right in self._one.records:
                sides = (ruling.right,), (ruling.left,)
            else:
                continue
            if ruling.apart:
                yield Obstacle("decision", ruling.id, "ruling", *sides)
            elif ruling.id in self._refusals:
                yield Obstacle("conflict", ruling.id, "ruling", *sides, open=True)

    def identifiers(self) -> list[Obstacle]:
        shared = self._shared()
        weak = sorted({one.type for one in shared if self._power(one) == "weak"})
        found = [self._explain(one, weak) for one in shared]
        return sorted(found, key=self._place)

    def _shared(self) -> list[_Shared]:
        mine, theirs = _holders(self._given.evidence, self._one), _holders(self._given.evidence, self._two)
        return [_Shared(key, kind, mine[kind, key], theirs[kind, key]) for kind, key in mine.keys() & theirs.keys()]

    def _power(self, shared: _Shared) -> str | None:
        """The power by which an identifier counts; None for one that joins nobody."""
        kind = self._policy.types.get(shared.type)
        return kind.power if kind is not None and kind.links and shared.key not in self._given.inert else None

    def _explain(self, shared: _Shared, weak: list[str]) -> Obstacle:
        kind = self._policy.types.get(shared.type)
        if kind is None or not kind.enabled:
            return _obstacle("disabled", shared)
        if kind.power in _BY_POWER:
            return _obstacle(_BY_POWER[kind.power], shared)
        if inertia := self._given.inert.get(shared.key):
            return _obstacle(inertia.kind, shared, count=inertia.count or None, limit=inertia.limit or None)
        if kind.power == "weak":
            return self._explain_weak(shared, weak)
        refusal = self._refusals.get(shared.key)
        if refusal is not None and kind.contradictions:
            return self._explain_shared(kind, shared, refusal)
        return self._explain_barrier(shared, refusal)

    def _explain_weak(self, shared: _Shared, weak: list[str]) -> Obstacle:
        if len(weak) < self._policy.weak_needed or not self._policy.weak_needed:
            return _obstacle("weak", shared, count=len(weak), limit=self._policy.weak_needed)
        # They would join together, so that what speaks against one of them speaks against all.
        for kind in map(self._policy.types.__getitem__, weak):
            like = compare_traits(self._one.traits, self._two.traits, kind.contradictions)
            if like.verdict == "contradict":
                return _obstacle("contradicted", shared, reasons=like.against)
        return self._explain_barrier(shared, None)

    def _explain_shared(self, kind: IdentifierType, shared: _Shared, refusal: Refusal) -> Obstacle:
        like = compare_traits(self._one.traits, self._two.traits, kind.contradictions)
        if like.verdict != "agree" and (changed := self._changed_hands(kind, shared)):
            how, at_ms = changed
            return _obstacle(how, shared, reasons=like.against, at_ms=at_ms)
        if like.verdict == "contradict":
            return _obstacle("contradicted", shared, reasons=like.against)
        if like.verdict == "agree" or self.parted or self.limited:
            return self._explain_barrier(shared, refusal)
        return self._explain_company(shared, refusal)

    def _explain_company(self, shared: _Shared, refusal: Refusal) -> Obstacle:
        """Nothing is between the two, but others who hold it as well cannot all be one person with them."""
        if fields := tuple(reason for reason in refusal.reasons if reason in FIELDS):
            return _obstacle("undecided", shared, reasons=fields, open=refusal.open)
        limited = next((reason for reason in refusal.reasons if reason in self._policy.types), None)
        if limited is None:
            return _obstacle("undecided", shared, reasons=refusal.reasons, open=refusal.open)
        together = _fullest(limited, _held(self._given.evidence, frozenset().union(*refusal.sides)))
        limit = self._policy.types[limited].max_per_person
        return _obstacle("undecided", shared, reasons=(limited,), count=together, limit=limit, open=refusal.open)

    def _changed_hands(self, kind: IdentifierType, shared: _Shared) -> tuple[Kind, int] | None:
        if kind.idle_days is None:
            return None
        early, late = sorted((_tenure(shared.left), _tenure(shared.right)))
        released = [at for at in self._given.releases.get(shared.key, ()) if early[1] <= at < late[0]]
        if released:
            return "recycled", max(released)
        return ("idle", early[1]) if late[0] - early[1] >= kind.idle_days * DAY_MS else None

    def _explain_barrier(self, shared: _Shared, refusal: Refusal | None) -> Obstacle:
        if self.parted:
            return _obstacle("overruled", shared)
        unsettled = refusal is not None and refusal.open
        # Groups may have grown since the refusal so that the limit would no longer be broken by this join.
        types = [reason for reason in (refusal.reasons if refusal else ()) if reason in self._policy.types]
        if limited := self.limited or next(iter(types), None):
            together = _fullest(limited, _held(self._given.evidence, self._one.records | self._two.records))
            limit = self._policy.types[limited].max_per_person
            return _obstacle("limit", shared, reasons=(limited,), count=together, limit=limit, open=unsettled)
        return _obstacle("undecided", shared, open=unsettled)

    def _place(self, obstacle: Obstacle) -> tuple[int, str, tuple[str, ...], tuple[str, ...], str]:
        kind = self._policy.types.get(obstacle.type)
        priority = kind.priority if kind else 1_000_000
        return priority, obstacle.type, obstacle.left, obstacle.right, obstacle.by


def _obstacle(
    kind: Kind,
    shared: _Shared,
    *,
    reasons: tuple[str, ...] = (),
    count: int | None = None,
    limit: int | None = None,
    at_ms: int | None = None,
    open: bool = False,
) -> Obstacle:
    left, right = tuple(sorted(shared.left)), tuple(sorted(shared.right))
    return Obstacle(kind, shared.key, shared.type, left, right, reasons, count, limit, at_ms, open)


def _held(evidence: Iterable[RecordEvidence], records: Collection[str]) -> dict[tuple[str, str], set[str]]:
    """(Type, scope) to the identifiers of it that these records hold."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in evidence:
        if one.record in records:
            for claim in one.claims:
                found[claim.type, claim.scope].add(claim.identifier)
    return found


def _fullest(type: str, held: Mapping[tuple[str, str], set[str]]) -> int:
    """How many values of a type are held in one scope, the fullest."""
    return max((len(identifiers) for place, identifiers in held.items() if place[0] == type), default=0)


def _holders(
    evidence: Iterable[RecordEvidence], group: RecordGroup
) -> dict[tuple[str, str], dict[str, HeldIdentifier]]:
    found: dict[tuple[str, str], dict[str, HeldIdentifier]] = defaultdict(dict)
    for one in evidence:
        if one.record in group.records:
            for claim in one.claims:
                found[claim.type, claim.identifier][one.record] = claim
    return found


def _tenure(holders: Mapping[str, HeldIdentifier]) -> tuple[int, int]:
    return min(claim.from_ms for claim in holders.values()), max(claim.observed_ms for claim in holders.values())
