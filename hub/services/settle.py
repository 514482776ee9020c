"""Settling: what a change touches is partitioned anew, and the difference is written, all in the change's transaction.

Everything that changes who is who goes through here: evidence that comes in, a steward's decision, a new policy, an
erasure. So there is one place that reads a component, lets `rules` decide and writes persons, golden records and cases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from graph import partition
from graph.component import StoredHold, StoredMember
from graph.database import Transaction
from graph.evidence import IdentifierState, StoredRecord
from graph.partition import NewRecord
from hub.core.clock import now_ms
from hub.core.model import Claim
from hub.services.case_sync import sync_cases
from hub.services.components import Component, is_inert
from hub.services.golden import GoldenSource, encode_golden
from rules.component import HeldIdentifier, RecordEvidence, Ruling
from rules.evidence import Profile
from rules.likeness import FIELDS
from rules.partition import Resolution, resolve
from rules.policy import Policy


@dataclass(slots=True)
class Change:
    """What is different from what was read.

    Attributes:
        woven: stored records with what they say now.
        created: records that are new.
        states: the identifiers that the change touches, as they are after it.
    """

    woven: Mapping[str, StoredRecord] = field(default_factory=dict)
    created: Collection[NewRecord] = ()
    states: Mapping[str, IdentifierState] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A component after a change, in the terms of `rules`, with what it takes to write the difference.

    Attributes:
        places: where each record is now; a new one is nowhere yet.
        golden: the stored golden records of the persons that are there.
        sources: what each record brings to a golden record.
    """

    evidence: tuple[RecordEvidence, ...]
    rulings: tuple[Ruling, ...]
    states: Mapping[str, IdentifierState]
    places: Mapping[str, str]
    golden: Mapping[str, str | None]
    sources: Mapping[str, GoldenSource]


async def settle(tx: Transaction, policy: Policy, found: Component, change: Change) -> Resolution:
    """Partition what was found, write persons, golden records and cases; new records are created in their places.

    Claims of changed records are not written here, and what was found must be locked.
    """
    picture = draw_picture(found.members.values(), change)
    resolution = decide(policy, picture, found.beyond)
    await _write(tx, policy, picture, resolution, change.created)
    within = {key: state for key, state in picture.states.items() if key not in found.beyond}
    await sync_cases(tx, policy, within, change.states.keys() - found.beyond, resolution)
    return resolution


def decide(policy: Policy, picture: Picture, beyond: Collection[str] = frozenset()) -> Resolution:
    """`rules.partition.resolve` on a picture; identifiers `beyond` it join nobody for now."""
    return resolve(
        picture.evidence,
        policy,
        rulings=picture.rulings,
        inert={key for key, state in picture.states.items() if key in beyond or is_inert(policy, state)},
        releases={key: state.releases for key, state in picture.states.items() if state.releases},
    )


def draw_picture(members: Iterable[StoredMember], change: Change) -> Picture:
    """What is known once the change has happened."""
    evidence: list[RecordEvidence] = []
    rulings: dict[str, Ruling] = {}
    states: dict[str, IdentifierState] = {}
    places: dict[str, str] = {}
    golden: dict[str, str | None] = {}
    sources: dict[str, GoldenSource] = {}
    for member in members:
        states.update({hold.state.key: hold.state for hold in member.holds})
        places[member.record], golden[member.person] = member.person, member.golden
        changed = change.woven.get(member.record)
        holds = _held(changed.claims) if changed else tuple(map(_stored_hold, member.holds))
        profile = changed.profile if changed else member.profile
        sources[member.record] = _source(member.record, holds, profile, member.pins)
        evidence.append(_evidence(member.record, member.birth_id, holds, profile))
        for one in member.rulings:
            left, right = sorted((member.record, one.other))
            rulings[one.decision] = Ruling(one.decision, left, right, one.apart)
    for record in change.created:
        key = str(record.key)
        holds = _held(record.claims)
        sources[key] = _source(key, holds, record.profile, None)
        evidence.append(_evidence(key, record.birth_id, holds, record.profile))
    states.update(change.states)
    return Picture(tuple(evidence), tuple(rulings.values()), states, places, golden, sources)


def golden_of(policy: Policy, picture: Picture, records: Iterable[str]) -> str:
    """The stored text of the golden record that these records give."""
    return encode_golden(policy, [picture.sources[record] for record in records])


async def _write(
    tx: Transaction, policy: Policy, picture: Picture, resolution: Resolution, created: Iterable[NewRecord]
) -> None:
    place = {record: group.person_id for group in resolution.groups for record in group.records}
    wanted: dict[str, str | None] = dict.fromkeys(picture.golden)
    for group in resolution.groups:
        wanted[group.person_id] = golden_of(policy, picture, group.records)
    await partition.put_persons(
        tx,
        {
            person: golden
            for person, golden in wanted.items()
            if person not in picture.golden or picture.golden[person] != golden
        },
    )
    moves = [(record, place[record]) for record, person in picture.places.items() if place[record] != person]
    await partition.move_records(tx, moves, now_ms=now_ms())
    if placed := [(record, place[str(record.key)]) for record in created]:
        await partition.create_records(tx, placed)


def _source(record: str, holds: Iterable[HeldIdentifier], profile: Profile, pins: str | None) -> GoldenSource:
    return GoldenSource(record, profile, any(hold.verified for hold in holds), pins)


def _evidence(record: str, birth_id: str, holds: tuple[HeldIdentifier, ...], profile: Profile) -> RecordEvidence:
    return RecordEvidence(record, birth_id, holds, {name: profile[name][0] for name in FIELDS if name in profile})


def _held(claims: Iterable[Claim]) -> tuple[HeldIdentifier, ...]:
    return tuple(
        HeldIdentifier(
            claim.identifier, claim.type, claim.scope, claim.valid_from_ms, claim.observed_ms, claim.verified
        )
        for claim in claims
        if claim.live
    )


def _stored_hold(hold: StoredHold) -> HeldIdentifier:
    state = hold.state
    return HeldIdentifier(state.key, state.type, hold.scope, hold.from_ms, hold.observed_ms, hold.verified)
