"""A component in the terms of `rules`: what was read, and what a change makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from graph.component import StoredHold, StoredMember
from graph.decisions import StoredPin, encode_pins
from graph.evidence import IdentifierState, StoredRecord
from graph.partition import NewRecord
from hub.core.model import Claim
from hub.services.components import is_inert
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
        sources: what each record brings to a golden record.
        bases: for decisions on two records that hold, the `basis` of `graph.component.StoredRuling`.
    """

    evidence: tuple[RecordEvidence, ...]
    rulings: tuple[Ruling, ...]
    states: Mapping[str, IdentifierState]
    places: Mapping[str, str]
    golden: Mapping[str, str | None]
    sources: Mapping[str, GoldenSource]
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


def golden_of(policy: Policy, picture: Picture, records: Iterable[str]) -> str:
    """The stored text of the golden record that these records give."""
    return encode_golden(policy, [picture.sources[record] for record in records])


def find_outdated(policy: Policy, picture: Picture, resolution: Resolution) -> dict[str, frozenset[str]]:
    """Person id to records of those groups that are stored otherwise: elsewhere, or with another golden record."""
    return {
        group.person_id: group.records
        for group in resolution.groups
        if any(picture.places[record] != group.person_id for record in group.records)
        or picture.golden[group.person_id] != golden_of(policy, picture, group.records)
    }


def draw_picture(members: Iterable[StoredMember], change: Change) -> Picture:
    """What is known once the change has happened."""
    evidence: list[RecordEvidence] = []
    rulings: dict[str, Ruling] = {}
    bases: dict[str, int | None] = {}
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
        pins = encode_pins(change.pins[member.record]) if member.record in change.pins else member.pins
        sources[member.record] = _source(member.record, holds, profile, pins)
        evidence.append(_evidence(member.record, member.birth_id, holds, profile))
        for one in member.rulings:
            if one.decision not in change.unruled:
                left, right = sorted((member.record, one.other))
                rulings[one.decision] = Ruling(one.decision, left, right, one.apart)
                bases[one.decision] = one.basis
    for record in change.created:
        key = str(record.key)
        holds = _held(record.claims)
        sources[key] = _source(key, holds, record.profile, None)
        evidence.append(_evidence(key, record.birth_id, holds, record.profile))
    rulings.update({ruling.id: ruling for ruling in change.ruled})
    states.update(change.states)
    return Picture(tuple(evidence), tuple(rulings.values()), states, places, golden, sources, bases)


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
