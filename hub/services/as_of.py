"""Persons as of an instant, in the two senses of that: as the hub *believed* then, and as was *valid* then.

Believed (transaction time) answers "what did we act on?": the persons as the hub had them, right or wrong. Valid
(valid time) answers "what was true?": the claims that held then by all that is known now, corrections and late
deliveries included, resolved by today's policy. The two differ wherever the hub learned something later than it
happened. Every interval is half-open: it begins at its first instant and is over at its last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from graph import as_of
from graph.as_of import StoredBelief
from graph.component import StoredMember
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.errors import InvalidInput, NotFound
from hub.core.model import RecordKey
from hub.services.components import Reach, is_inert, limit_of
from hub.services.find_person import check_person_id, refuse_erased
from hub.services.identity import Identity
from hub.services.settle import Change, decide, draw_picture
from rules.policy import Policy

_MOST_BELIEVED: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class BelievedRecord:
    """A record that the hub counted to the person, from `since_ms` until before `until_ms` (None: it still does)."""

    record: RecordKey
    since_ms: int
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class BelievedPerson:
    """A person as the hub had it at an instant.

    Attributes:
        asked_id: the id that was asked for.
        person_id: the id that the hub answered with for it then; None where it did not know this id yet.
        records: those that it counted to that person then, by system and external id.
    """

    asked_id: str
    person_id: str | None
    believed_at_ms: int
    records: tuple[BelievedRecord, ...]


@dataclass(frozen=True, slots=True)
class ValidGroup:
    """Records that were one person; `person_id` is what today's rules call that person."""

    person_id: str
    records: tuple[RecordKey, ...]


@dataclass(frozen=True, slots=True)
class ValidPartition:
    """Who was who among the records that the claims of an instant connect to one record.

    Attributes:
        groups: by person id; empty if `beyond`.
        beyond: more than `bound` records were connected then: too many to be resolved at once.
    """

    record: RecordKey
    valid_at_ms: int
    policy_version: int
    bound: int
    groups: tuple[ValidGroup, ...] = ()
    beyond: bool = False

    @property
    def person(self) -> ValidGroup | None:
        """The group of the record that was asked for; None if `beyond`."""
        return next((group for group in self.groups if self.record in group.records), None)


async def fetch_believed_person(graph: Graph, person_id: str, believed_at_ms: int) -> BelievedPerson:
    """The person behind an id as the hub believed at an instant (transaction time), whatever it has learned since.

    Before the hub knew the id nobody answers: `person_id` is None and there are no records. Profiles and claims are
    not part of the answer: the hub keeps when they were stated, not when it heard of them. Erased records are gone from
    the past as well.

    Raises:
        InvalidInput: this cannot be a person's id, or as `check_believable`.
        NotFound: the hub does not know the id to this day; Erased: it did.
    """
    asked = check_person_id(person_id)
    check_believable(believed_at_ms)
    [found] = await fetch_believed_persons(graph, [(asked, believed_at_ms)])
    if found is None:
        await refuse_erased(graph, asked)
        raise NotFound("Nobody is known by this id.")
    return found


def check_believable(believed_at_ms: int) -> None:
    """Raises InvalidInput for the future: what the hub will believe depends on what it has yet to hear."""
    if believed_at_ms > now_ms():
        raise InvalidInput("What the hub will believe is not known yet: ask for an instant that has passed.")


async def fetch_believed_persons(
    graph: Graph, asked: Sequence[tuple[str, int]], *, most: int = _MOST_BELIEVED
) -> list[BelievedPerson | None]:
    """As `fetch_believed_person` for ids and instants, in their order, by two statements; None for an unknown id.

    `most`: so many records of each are told at most.
    """
    places = await as_of.fetch_places(graph, {person for person, _ in asked})
    then = {
        (one, at_ms): next((place.person for place in places[one] if place.covers(at_ms)), None)
        for one, at_ms in asked
        if one in places
    }
    wanted = {(person, at_ms) for (_, at_ms), person in then.items() if person is not None}
    believed = await as_of.fetch_believed(graph, wanted, most=most)
    return [
        _believe(*key, then[key], believed.get((then[key] or "", key[1]), ())) if key in then else None for key in asked
    ]


def _believe(asked: str, at_ms: int, person: str | None, records: Iterable[StoredBelief]) -> BelievedPerson:
    told = tuple(BelievedRecord(RecordKey(one.system, one.external_id), one.since_ms, one.until_ms) for one in records)
    return BelievedPerson(asked, person, at_ms, told)


async def compute_valid_partition(
    graph: Graph, identity: Identity, record: RecordKey, valid_at_ms: int, *, most: int | None = None
) -> ValidPartition:
    """Who was who at an instant (valid time), by what is known now, for the records connected to one of them.

    Claims count that held at the instant: those that ended later do, those that began later do not, and of each only
    what was stated by then. An identifier that too many records claimed then was quarantined then. Releases count up
    to the instant, that is with one at the instant itself. What carries no time counts as it is known now: the
    policy, stewards' decisions, profiles, blocked values.

    A record that claimed nothing at the instant, such as before everything, is a person by itself. An instant in the
    future answers with what holds now: a claim without an end is taken to last.

    `most`: give up on more connected records than this, if that is fewer than by the policy.

    Raises:
        NotFound: the hub does not have the record.
    """
    [found] = await compute_valid_partitions(graph, identity, [record], valid_at_ms, most=most)
    if found is None:
        raise NotFound(f"The hub has no such record of {record.system}.")
    return found


async def compute_valid_partitions(
    graph: Graph, identity: Identity, records: Sequence[RecordKey], valid_at_ms: int, *, most: int | None = None
) -> list[ValidPartition | None]:
    """As `compute_valid_partition` for records, in their order, by as many statements as for one; None if unknown."""
    policy, bound = identity.policy, limit_of(identity.policy, most)
    reach = Reach(policy, bound)
    await _read_connected(graph, policy, reach, set(map(str, records)), valid_at_ms)
    found = reach.finish()
    groups: dict[str, list[ValidGroup]] = defaultdict(list)
    for group in decide(policy, draw_picture(found.members.values(), Change()), found.beyond).groups:
        told = tuple(sorted(map(RecordKey.parse, group.records)))
        groups[reach.root_of(str(told[0]))].append(ValidGroup(group.person_id, told))

    def show(record: RecordKey) -> ValidPartition | None:
        key = str(record)
        if key not in found.members:
            beyond = ValidPartition(record, valid_at_ms, policy.version, bound, beyond=True)
            return beyond if key in found.beyond else None
        return ValidPartition(record, valid_at_ms, policy.version, bound, tuple(groups[reach.root_of(key)]))

    return [show(record) for record in records]


async def _read_connected(graph: Graph, policy: Policy, reach: Reach, records: set[str], at_ms: int) -> None:
    """Reach for whatever the claims of an instant connect to these records."""
    counts: dict[str, int] = {}
    reach.begin((), records)
    while reach.next_identifiers or reach.next_records:
        identifiers, keys = reach.take()
        read = await as_of.fetch_valid_by_records(graph, keys - reach.members.keys(), at_ms)
        read += await as_of.fetch_valid_by_identifiers(graph, identifiers, at_ms)
        states = {hold.state.key: hold.state for member in read for hold in member.holds}
        linking = {key for key, state in states.items() if not is_inert(policy, state)} - counts.keys()
        counts.update(await as_of.count_valid(graph, linking, at_ms))
        reach.add(_counted(member, counts) for member in read)


def _counted(member: StoredMember, counts: Mapping[str, int]) -> StoredMember:
    """The member with its identifiers counted as of the instant."""
    holds = tuple(hold._replace(state=hold.state._replace(live=counts.get(hold.state.key, 0))) for hold in member.holds)
    return replace(member, holds=holds)
