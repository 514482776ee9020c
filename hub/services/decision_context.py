"""Everything that a decision depends on, read, and in a transaction locked, before it is worked out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from graph import component, decisions, evidence, partition
from graph.component import StoredMember
from graph.database import Transaction
from graph.decisions import Decision, RuledPair
from graph.evidence import IdentifierState
from graph.reading import Reader
from hub.core.errors import NotFound
from hub.core.model import RecordKey
from hub.services.components import Component, is_inert, lock_component, look_around, read_component
from hub.services.golden import decode_golden
from hub.services.plan import Plan
from rules.component import Ruling
from rules.policy import Policy


class Subject(Protocol):
    """A request or a decision, as far as both say what they are on."""

    @property
    def kind(self) -> str:
        """As in `graph.decisions.Decision`."""

    @property
    def records(self) -> tuple[str, ...]:
        """The records that it is on."""

    @property
    def identifier(self) -> str:
        """The identifier that it is on, or nothing."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was read.

    Attributes:
        found: all that is connected to what is decided on.
        subjects: the records that are decided on, also where their component is too large to be in `found`.
        rulings: live decisions on these and on all that must-links connect to them.
        states, lifts: the identifiers that are decided on, and their live lifts.
    """

    found: Component
    subjects: Mapping[str, StoredMember]
    rulings: tuple[RuledPair, ...]
    states: Mapping[str, IdentifierState]
    lifts: tuple[Decision, ...]

    @property
    def pairs(self) -> list[Ruling]:
        """The rulings in the terms of `rules`."""
        return [Ruling(one.decision, one.left, one.right, one.apart) for one in self.rulings]

    def is_beyond(self, subject: Subject) -> bool:
        """Whether what it is on is too large to be decided on in a write."""
        return any(key in self.found.beyond for key in (*subject.records, subject.identifier))


async def read_known(reader: Reader, policy: Policy, subjects: Sequence[Subject], *, lenient: bool = False) -> Known:
    """Read what these depend on; a transaction locks identifiers, then persons, each in sorted order.

    Raises:
        NotFound: a record or an identifier is unknown, unless the reading is lenient: it may have been erased.
    """
    records = {record for subject in subjects for record in subject.records}
    targets = {subject.identifier for subject in subjects} - {""}
    members = {member.record: member for member in await component.fetch_by_records(reader, records)}
    states = await decisions.fetch_identifiers(reader, targets)
    if not lenient:
        _refuse_unknown(records - members.keys(), targets - states.keys())
    joined = [(one.records[0], one.records[1]) for one in subjects if one.kind == "must_link" and not lenient]
    if isinstance(reader, Transaction):
        held = {hold.state.key for member in members.values() for hold in member.holds}
        around = await look_around(
            reader,
            policy,
            types={key: state.type for key, state in states.items()},
            records=records,
            more=policy.max_component,  # whom a lift is about has more holders than its type may
        )
        touched = await evidence.touch_identifiers(reader, (), held | states.keys())
        states = {key: touched[key] for key in states if key in touched}
        found = await lock_component(
            reader, policy, identifiers=states.keys(), records=records, joined=joined, around=around
        )
        if found.beyond & records:
            await partition.lock_persons(reader, {member.person for member in members.values()})
    else:
        found = await read_component(reader, policy, identifiers=states.keys(), records=records, joined=joined)
    fresh = await component.fetch_by_records(reader, records & found.beyond)
    current = {member.record: member for member in (*found.members.values(), *fresh)}
    if not lenient:
        # Again, now that all is locked: whoever was there may have been erased before that.
        _refuse_unknown(records - current.keys(), targets - states.keys())
    return Known(
        found,
        {record: current[record] for record in sorted(records & current.keys())},
        tuple(await decisions.fetch_rulings(reader, records)),
        states,
        tuple(await decisions.fetch_lifts(reader, states.keys())),
    )


def make_token(policy: Policy, asked: object, known: Known, planned: Plan) -> str:
    """A digest of all that was read and of what follows from it: equal exactly while both are.

    What links nobody, such as a quarantined hotline, may be claimed by any number of records without changing it.
    """
    content = [
        policy.version,
        asked,
        [_digest_member(policy, known, member) for _, member in sorted(known.found.members.items())],
        [_digest_member(policy, known, member) for _, member in sorted(known.subjects.items())],
        sorted(known.found.beyond),
        known.rulings,
        [lift.id for lift in known.lifts],
        planned.moves,
        [[person.id, _digest_golden(person.golden_after)] for person in planned.persons],
        [[case.key, case.kind, case.sides] for case in planned.cases.opened],
        [case.key for case in planned.cases.moot],
    ]
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_DATACLASS, default=list)
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _digest_member(policy: Policy, known: Known, member: StoredMember) -> list[Any]:
    holds = sorted(
        [
            hold.state.key, hold.scope, hold.from_ms, hold.observed_ms, hold.verified, hold.state.releases,
            hold.state.live if hold.state.key in known.states or not is_inert(policy, hold.state) else -1,
        ]
        for hold in member.holds
    )  # fmt: skip
    rulings = sorted(member.rulings, key=lambda ruling: (ruling.decision, ruling.other))
    return [member.record, member.birth_id, member.person, member.golden, member.profile, member.pins, holds, rulings]


def _digest_golden(text: str | None) -> list[Any]:
    """Without the instants: a pin gets its own when it is made."""
    return [[one.field, one.value, one.record, one.why] for one in decode_golden(text)]


def _refuse_unknown(records: Iterable[str], identifiers: Iterable[str]) -> None:
    systems = sorted({RecordKey.parse(record).system for record in records})
    if systems:
        raise NotFound(f"The hub knows no such record of {' and of '.join(systems)}: check its external id.")
    if any(identifiers):
        raise NotFound("The hub knows no such identifier.")
