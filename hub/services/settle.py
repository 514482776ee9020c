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
from hub.services.golden import encode_golden
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
        profiles: what each record says.
    """

    evidence: tuple[RecordEvidence, ...]
    rulings: tuple[Ruling, ...]
    states: Mapping[str, IdentifierState]
    places: Mapping[str, str]
    golden: Mapping[str, str | None]
    profiles: Mapping[str, Profile]


async def settle(tx: Transaction, policy: Policy, found: Component, change: Change) -> Resolution:
    """Partition what was found, write persons, golden records and cases; new records are created in their places.

    Claims of changed records are not written here, and what was found must be locked.
    """
    picture = draw_picture(found.members.values(), change)
    resolution = decide(policy, picture, found.beyond)
    await _write(tx, picture, resolution, change.created)
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
    profiles: dict[str, Profile] = {}
    for member in members:
        states.update({hold.state.key: hold.state for hold in member.holds})
        places[member.record], golden[member.person] = member.person, member.golden
        changed = change.woven.get(member.record)
        holds = _held(changed.claims) if changed else tuple(map(_stored_hold, member.holds))
        profiles[member.record] = changed.profile if changed else member.profile
        evidence.append(_evidence(member.record, member.birth_id, holds, profiles[member.record]))
        for one in member.rulings:
            left, right = sorted((member.record, one.other))
            rulings[one.decision] = Ruling(one.decision, left, right, one.apart)
    for record in change.created:
        key = str(record.key)
        profiles[key] = record.profile
        evidence.append(_evidence(key, record.birth_id, _held(record.claims), record.profile))
    states.update(change.states)
    return Picture(tuple(evidence), tuple(rulings.values()), states, places, golden, profiles)


async def _write(tx: Transaction, picture: Picture, resolution: Resolution, created: Iterable[NewRecord]) -> None:
    place = {record: group.person_id for group in resolution.groups for record in group.records}
    wanted: dict[str, str | None] = dict.fromkeys(picture.golden)
    for group in resolution.groups:
        wanted[group.person_id] = encode_golden((record, picture.profiles[record]) for record in group.records)
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
