"""A component in the terms of `rules`: what was read, and what a change makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from graph.component import StoredHold, StoredMember
from graph.decisions import StoredPin, decode_pins
from graph.evidence import IdentifierState, StoredRecord
from graph.partition import NewRecord
from hub.core.model import Claim
from hub.services.components import is_inert
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
        ruled: decisions on two records that are new, or confirmed once more.
        unruled: ids of decisions on two records that hold no longer.
        pins: all pins of the records whose pins change.
    """

    woven: Mapping[str, StoredRecord] = field(default_factory=dict)
    created: Collection[NewRecord] = ()
    states: Mapping[str, IdentifierState] = field(default_factory=dict)
    ruled: Collection[Ruling] = ()
    unruled: Collection[str] = ()
    pins: Mapping[str, Mapping[str, StoredPin]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picture:
    """A component after a change, in the terms of `rules`, with what it takes to write the difference.

    Attributes:
        places: where each record is now; a new one is nowhere yet.
        golden: the stored golden records of the persons that are there.
        profiles: what each record says.
        pins: what stewards pinned, of the records that have pins.
        bases: for decisions on two records that hold, the `basis` of `graph.component.StoredRuling`.
    """

    evidence: tuple[RecordEvidence, ...]
    rulings: tuple[Ruling, ...]
    states: Mapping[str, IdentifierState]
    places: Mapping[str, str]
    golden: Mapping[str, str | None]
    profiles: Mapping[str, Profile]
    pins: Mapping[str, Mapping[str, StoredPin]] = field(default_factory=dict)
    bases: Mapping[str, int | None] = field(default_factory=dict)


def decide(policy: Policy, picture: Picture, beyond: Collection[str] = frozenset()) -> Resolution:
    """`rules.partition.resolve` on a picture; identifiers `beyond` it join nobody for now."""
    return resolve(
        picture.evidence,
        policy,
        rulings=picture.rulings,
        inert={key for key, state in picture.states.items() if key in beyond or is_inert(policy, state)},
        releases={key: state.releases for key, state in picture.states.items() if state.releases},
    )


def draw_golden(picture: Picture, records: Iterable[str]) -> str:
    """The golden record of a person with these records, as it is stored."""
    own = list(records)
    pins = {record: picture.pins[record] for record in own if record in picture.pins} if picture.pins else {}
    return encode_golden(((record, picture.profiles[record]) for record in own), pins)


def draw_picture(members: Iterable[StoredMember], change: Change) -> Picture:
    """What is known once the change has happened."""
    evidence: list[RecordEvidence] = []
    rulings: dict[str, Ruling] = {}
    bases: dict[str, int | None] = {}
    states: dict[str, IdentifierState] = {}
    places: dict[str, str] = {}
    golden: dict[str, str | None] = {}
    profiles: dict[str, Profile] = {}
    pins: dict[str, Mapping[str, StoredPin]] = {}
    for member in members:
        states.update({hold.state.key: hold.state for hold in member.holds})
        places[member.record], golden[member.person] = member.person, member.golden
        changed = change.woven.get(member.record)
        holds = _held(changed.claims) if changed else tuple(map(_stored_hold, member.holds))
        profiles[member.record] = changed.profile if changed else member.profile
        evidence.append(_evidence(member.record, member.birth_id, holds, profiles[member.record]))
        if pinned := change.pins.get(member.record, decode_pins(member.pins)):
            pins[member.record] = pinned
        for one in member.rulings:
            if one.decision not in change.unruled:
                left, right = sorted((member.record, one.other))
                rulings[one.decision] = Ruling(one.decision, left, right, one.apart)
                bases[one.decision] = one.basis
    for record in change.created:
        key = str(record.key)
        profiles[key] = record.profile
        evidence.append(_evidence(key, record.birth_id, _held(record.claims), record.profile))
    rulings.update({ruling.id: ruling for ruling in change.ruled})
    states.update(change.states)
    return Picture(tuple(evidence), tuple(rulings.values()), states, places, golden, profiles, pins, bases)


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
