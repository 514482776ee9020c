"""Components: everything that is connected to what a change touches, read and locked before it is decided on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from graph import component, partition
from graph.component import StoredMember
from graph.database import Transaction
from graph.evidence import IdentifierState
from graph.failures import vanished
from graph.reading import Reader
from rules.policy import Policy

MOST_AT_ONCE: Final = 500
"""Whoever is connected to more records is not looked into while a caller waits; a policy may allow for many more."""


def limit_of(policy: Policy, most: int | None) -> int:
    """How many connected records are looked into: as many as the policy says, or `most` where these are fewer."""
    return policy.max_component if most is None else min(most, policy.max_component)


def is_inert(policy: Policy, state: IdentifierState) -> bool:
    """Whether an identifier joins nobody: its type does not link, it is nobody's own, or too many records share it."""
    kind = policy.types.get(state.type)
    return kind is None or not kind.links or state.blocked or is_quarantined(policy, state)


def is_quarantined(policy: Policy, state: IdentifierState) -> bool:
    """Whether more records claim an identifier than the policy, and a steward who lifted it, allow."""
    kind = policy.types.get(state.type)
    if kind is None or kind.max_records is None or not kind.links or state.blocked:
        return False
    return state.live > max(kind.max_records, state.lifted or 0)


@dataclass(slots=True)
class Component:
    """What was reached; usually several components in the strict sense, one for each independent change of a batch.

    Attributes:
        members: records by key.
        beyond: records and identifiers of components that are too large to be decided here: they are not in `members`.
    """

    members: dict[str, StoredMember] = field(default_factory=dict)
    beyond: set[str] = field(default_factory=set)


async def look_around(
    tx: Transaction, policy: Policy, *, types: Mapping[str, str], records: Collection[str], more: int
) -> Mapping[str, int] | None:
    """What `lock_component` has to know from before the transaction's first write, if the engine asks for it.

    Args:
        types: of the identifiers from which a component may be reached, by key.
        records: those that are changed, up to `more` of which may give an identifier up.
    """
    if tx.engine.sees_neighbours:
        return None
    limits = {key: _most_holders(policy, type) + more for key, type in types.items()}
    return await partition.fetch_revisions(tx, limits, records, more=more)


def _most_holders(policy: Policy, type: str) -> int:
    """How many may share a value of a type before it joins nobody, or its component is too large."""
    kind = policy.types.get(type)
    return kind.max_records if kind is not None and kind.max_records is not None else policy.max_component


async def lock_component(
    tx: Transaction,
    policy: Policy,
    *,
    identifiers: Collection[str],
    records: Collection[str],
    joined: Collection[tuple[str, str]] = (),
    around: Mapping[str, int] | None = None,
) -> Component:
    """Read what these are connected to, and keep other writers from it until the transaction ends.

    Another writer may have changed a person just before our lock, which their revision tells: then everything is read
    again, until it is as it was read. `identifiers` must be locked already, and `around` be what `look_around` saw
    before that.

    Raises:
        TransientError: somebody changed the component between the transaction's first write and our lock. What they
            said of an identifier would not be seen where it lies beside one that was locked.
    """
    locked: dict[str, int] = {}
    while True:
        found = await read_component(tx, policy, identifiers=identifiers, records=records, joined=joined)
        read = {member.person: member.revision for member in found.members.values()}
        fresh = await partition.lock_persons(tx, read.keys() - locked.keys()) if read.keys() - locked.keys() else {}
        locked |= fresh
        if all(read[person] == revision - (person in fresh) for person, revision in locked.items() if person in read):
            if around is not None and _is_changed(found, locked, around, set(identifiers), set(records)):
                raise vanished()
            return found


def _is_changed(
    found: Component, locked: Mapping[str, int], around: Mapping[str, int], identifiers: Set[str], records: Set[str]
) -> bool:
    """Whether somebody changed the persons from whom the component was reached; whoever changes it locks these too."""
    return any(
        locked[member.person] - 1 != around.get(member.person)
        for member in found.members.values()
        if member.record in records or any(hold.state.key in identifiers for hold in member.holds)
    )


async def read_component(
    reader: Reader,
    policy: Policy,
    *,
    identifiers: Collection[str],
    records: Collection[str],
    limit: int | None = None,
    joined: Collection[tuple[str, str]] = (),
) -> Component:
    """Read hop by hop; a component of more than `limit` records (the policy's, if None) is given up as a whole.

    What belongs to a person who is reached is reached too, though nothing may connect it any more. `joined` are pairs
    among the records that are about to be connected.
    """
    reach = Reach(policy, policy.max_component if limit is None else limit)
    reach.begin(identifiers, records)
    reach.connect(joined)
    while True:
        if reach.next_identifiers or reach.next_records:
            wanted, keys = reach.take()
            reach.add(await component.fetch_by_identifiers(reader, wanted))
            reach.add(await component.fetch_by_records(reader, keys - reach.members.keys()))
        elif persons := reach.take_incomplete():
            reach.add(await component.fetch_by_persons(reader, persons))
        else:
            return reach.finish()


class Reach:
    """How far a component goes, as it is read hop by hop: what to read next, and what was read.

    Attributes:
        members: what was read, by key.
        next_identifiers, next_records: what the next hop begins at.
    """

    def __init__(self, policy: Policy, limit: int) -> None:
        self.members: dict[str, StoredMember] = {}
        self.next_identifiers: set[str] = set()
        self.next_records: set[str] = set()
        self._policy = policy
        self._limit = limit
        self._asked: set[str] = set()
        self._reached: Counter[str] = Counter()
        self._parent: dict[str, str] = {}
        self._size: dict[str, int] = {}
        self._largest = 0

    def begin(self, identifiers: Iterable[str], records: Iterable[str]) -> None:
        """Where the component is entered."""
        self.next_identifiers.update(identifiers)
        self.next_records.update(records)

    def connect(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Records that are about to be connected."""
        for left, right in pairs:
            self._join(left, right)

    def take(self) -> tuple[set[str], set[str]]:
        """The identifiers and the records of the next hop; none of what is too large already."""
        identifiers = {key for key in self.next_identifiers if not self._is_large(key)}
        records = {key for key in self.next_records if not self._is_large(key)}
        self._asked |= identifiers | records
        self.next_identifiers, self.next_records = set(), set()
        return identifiers, records

    def take_incomplete(self) -> set[str]:
        """Persons who have more records than were reached; each is named once."""
        found = {
            member.person
            for key, member in self.members.items()
            if self._reached[member.person] < member.companions and not self._is_large(key)
        }
        found -= self._asked
        self._asked |= found
        return found

    def add(self, members: Iterable[StoredMember]) -> None:
        """What was read; what was there before is passed over."""
        for member in members:
            if member.record in self.members:
                continue
            self.members[member.record] = member
            self._reached[member.person] += 1
            self._join(member.record, member.person)
            self._grow(self.root_of(member.record), 1)
            self._expect(member.record, member.companions)
            for _, _, _, _, state in member.holds:
                self._connect(member.record, state)
            for ruling in member.rulings:
                if not ruling.apart:
                    self._join(member.record, ruling.other)
                    if ruling.other not in self._asked:
                        self.next_records.add(ruling.other)

    def _connect(self, record: str, state: IdentifierState) -> None:
        # A seed connects whatever it was: it may be about to, or have done so until now.
        if state.key not in self._asked and is_inert(self._policy, state):
            return
        self._join(record, state.key)
        self._expect(record, state.live)
        if state.live > 1 and state.key not in self._asked:
            self.next_identifiers.add(state.key)

    def _expect(self, record: str, others: int) -> None:
        """Give up on a record that is connected to so many: they need not be read to know that these are too many."""
        if others > self._limit:
            self._grow(self.root_of(record), others)

    def finish(self) -> Component:
        """What was read, without what is too large."""
        beyond = {key for key in self._parent if self._is_large(key)}
        members = {key: member for key, member in self.members.items() if key not in beyond}
        return Component(members, beyond)

    def _is_large(self, key: str) -> bool:
        # Nearly always nothing is: then nobody has to be looked up.
        return (
            self._largest > self._limit and key in self._parent and self._size.get(self.root_of(key), 0) > self._limit
        )

    def _join(self, one: str, two: str) -> None:
        left, right = self.root_of(one), self.root_of(two)
        if left == right:
            return
        if self._size.get(left, 0) < self._size.get(right, 0):
            left, right = right, left
        self._parent[right] = left
        self._grow(left, self._size.pop(right, 0))

    def _grow(self, root: str, records: int) -> None:
        self._size[root] = self._size.get(root, 0) + records
        self._largest = max(self._largest, self._size[root])

    def root_of(self, key: str) -> str:
        """The same for all that is of one component, as far as it was read."""
        parents = self._parent
        parent = parents.setdefault(key, key)
        while parent != key:
            # Halving the way to the root keeps it short: without it the time grows as the square of the component.
            parents[key] = parents[parent]
            key = parents[key]
            parent = parents[key]
        return key


def find_seeds(states: Iterable[IdentifierState], policy: Policy, *, given_up: Mapping[str, int]) -> set[str]:
    """The identifiers from which a change may reach others: those that connect now, or may do so after it.

    `given_up` counts how many records of the change may give an identifier up, which may free it from quarantine.
    """
    found = set()
    for state in states:
        after = state._replace(live=state.live - given_up.get(state.key, 0))
        if state.live and not is_inert(policy, after):
            found.add(state.key)
    return found
