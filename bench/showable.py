"""What the evidence can show, and which mistakes nothing recorded speaks against.

*Showable* are two records of one true person that are connected

- through identifiers that only this person's records hold now, or
- through shared ones (a family's phone, a guide's) whose two holders agree by name or, no field speaking against it, by
  birthday: `rules.likeness` says what agrees.

Nothing else is: who never told two systems the same thing cannot be found by any identifier. A value in more than
`MAX_HOLDERS` hands (the shop's hotline) shows nothing. Showable records form components, each of one true person.

Two records of different persons that were taken for one person's are an *avoidable* mistake if anything recorded speaks
against it: any field that contradicts (even where a name agrees, which the rules let outweigh it), a limit of the
policy that the two together break, a shared value that was given up or lay idle between them, or one whose other
holders prove by any of these that several people have it, where nothing tells that these two agree. All that the
component of each can show counts, not the two records alone. A mistake is *unavoidable* where nothing of that kind is
recorded, such as a mother who told her name and a daughter who told none on one phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from bench.connected import Holders, chain, connect
from bench.metrics import Places
from hub.core.model import DAY_MS
from hub.services.settle import Picture
from rules.component import HeldIdentifier, RecordEvidence
from rules.likeness import FIELDS, Traits, compare_traits
from rules.policy import Policy

MAX_HOLDERS: Final = 200


def show(picture: Picture, truth: Places, holders: Holders) -> Places:
    """The components of what can be shown."""
    traits = {one.record: Traits.of(one.profile) for one in picture.evidence}
    pairs = chain(records for records in holders.values() if len({truth[record] for record in records}) == 1)
    shared = (records for records in holders.values() if len({truth[record] for record in records}) > 1)
    return connect(traits, [*pairs, *_agreeing(shared, truth, traits)])


def _agreeing(shared: Iterable[list[str]], truth: Places, traits: Mapping[str, Traits]) -> Iterable[tuple[str, str]]:
    for records in shared:
        if len(records) > MAX_HOLDERS:
            continue
        for left, right in combinations(records, 2):
            same = truth[left] == truth[right]
            if same and compare_traits(traits[left], traits[right], FIELDS).verdict == "agree":
                yield left, right


@dataclass(slots=True)
class _Side:
    """What is recorded of one component."""

    traits: Traits = field(default_factory=Traits)
    values: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    claims: dict[str, list[HeldIdentifier]] = field(default_factory=dict)

    def add(self, one: RecordEvidence) -> None:
        self.traits.add(Traits.of(one.profile))
        for claim in one.claims:
            self.values.setdefault((claim.type, claim.scope), set()).add(claim.identifier)
            self.claims.setdefault(claim.identifier, []).append(claim)


class Objections:
    """Tells what speaks against two records' being one person's."""

    def __init__(self, picture: Picture, shown: Places, policy: Policy) -> None:
        self._shown = shown
        self._policy = policy
        self._states = picture.states
        self._sides: dict[str, _Side] = {}
        for one in picture.evidence:
            self._sides.setdefault(shown[one.record], _Side()).add(one)
        self._holding: dict[str, list[_Side]] = {}
        for side in self._sides.values():
            for key in side.claims:
                self._holding.setdefault(key, []).append(side)

    def find(self, left: str, right: str) -> list[str]:
        """`name`, `birthday`, `gender`, `limit`, `handed over`, `shared`: empty for an unavoidable mistake."""
        one, two = self._sides[self._shown[left]], self._sides[self._shown[right]]
        found = self._between(one, two)
        if not found and compare_traits(one.traits, two.traits, FIELDS).verdict == "silent":
            found = ["shared"] if any(map(self._is_shared, one.claims.keys() & two.claims.keys())) else []
        return found

    def _between(self, one: _Side, two: _Side) -> list[str]:
        found: list[str] = [
            name for name in FIELDS if compare_traits(one.traits, two.traits, (name,)).verdict == "contradict"
        ]
        if any(self._is_over(place, one, two) for place in one.values.keys() & two.values.keys()):
            found.append("limit")
        if any(self._changed_hands(key, one, two) for key in one.claims.keys() & two.claims.keys()):
            found.append("handed over")
        return found

    def _is_shared(self, key: str) -> bool:
        """Whether an identifier that would join is proved to be several people's."""
        holding = self._holding[key]
        if self._policy.types[self._states[key].type].power != "strong" or self._states[key].blocked:
            return False
        return len(holding) > MAX_HOLDERS or any(self._between(*pair) for pair in combinations(holding, 2))

    def agree(self, left: str, right: str) -> bool:
        """Whether they even bear one name."""
        one, two = self._sides[self._shown[left]], self._sides[self._shown[right]]
        return compare_traits(one.traits, two.traits, ("name",)).verdict == "agree"

    def _is_over(self, place: tuple[str, str], one: _Side, two: _Side) -> bool:
        limit = self._policy.types[place[0]].max_per_person
        return limit is not None and len(one.values[place] | two.values[place]) > limit

    def _changed_hands(self, key: str, one: _Side, two: _Side) -> bool:
        idle_days = self._policy.types[self._states[key].type].idle_days
        if idle_days is None:
            return False
        early, late = sorted((_tenure(one.claims[key]), _tenure(two.claims[key])))
        released = any(early[1] <= instant < late[0] for instant in self._states[key].releases)
        return released or late[0] - early[1] >= idle_days * DAY_MS


def _tenure(claims: list[HeldIdentifier]) -> tuple[int, int]:
    return min(claim.from_ms for claim in claims), max(claim.observed_ms for claim in claims)
