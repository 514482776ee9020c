"""Everything that the hub knows of a person, from the records that make them up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph import persons
from graph.database import Graph
from graph.persons import HeldClaim, HeldPerson, HeldRecord
from hub.core.model import RecordKey
from hub.services.golden import GoldenField, decode_golden
from rules.survivorship import Reason


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """A surviving field of the golden record, the record that said so, and what decided for it.

    `record` is None for a value that a steward pinned and no record has.
    """

    field: str
    value: str
    record: RecordKey | None
    observed_ms: int
    why: Reason


class SourcedClaim(NamedTuple):
    """A claim on an identifier with the record that makes it."""

    record: RecordKey
    claim: HeldClaim


class HeldIdentifier(NamedTuple):
    """One identifier of a person, summed up over its claims.

    Attributes:
        valid_to_ms: None while any record still claims it, else when the last claim ended.
        claims: by record, those of each by start.
    """

    type: str
    scope: str
    masked: str
    verified: bool
    valid_from_ms: int
    valid_to_ms: int | None
    observed_ms: int
    claims: tuple[SourcedClaim, ...]


@dataclass(frozen=True, slots=True)
class PersonDescription:
    """A person with their records, by system and external id; what follows from these is worked out for who asks."""

    id: str
    golden: str | None
    records: Sequence[HeldRecord]

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other ids that resolve to this person, sorted."""
        return tuple(sorted(record.birth_id for record in self.records if record.birth_id != self.id))

    @property
    def identifiers(self) -> list[HeldIdentifier]:
        """Live ones first."""
        return _sum_up_identifiers(self.records)

    def find_identifiers(self, valid_at_ms: int) -> list[HeldIdentifier]:
        """What these records claimed at an instant, by what is known now; of each only the claims that held then."""
        return _sum_up_identifiers(self.records, valid_at_ms)

    @property
    def profile(self) -> tuple[ProfileValue, ...]:
        """The golden record, by field."""
        return tuple(map(_profile_value, decode_golden(self.golden)))


async def describe_persons(graph: Graph, ids: Sequence[str]) -> list[PersonDescription | None]:
    """A description for each living person's id, in the given order; None for other ids. One statement for all."""
    evidence = await persons.fetch_evidence(graph, ids)
    return [describe(person_id, evidence.get(person_id)) for person_id in ids]


def describe(person_id: str, person: HeldPerson | None) -> PersonDescription | None:
    """The description of who was found."""
    return None if person is None else PersonDescription(person_id, person.golden, person.records)


def _profile_value(golden: GoldenField) -> ProfileValue:
    record = None if golden.record is None else RecordKey.parse(golden.record)
    return ProfileValue(golden.field, golden.value, record, golden.observed_ms, golden.why)


def _sum_up_identifiers(records: Iterable[HeldRecord], valid_at_ms: int | None = None) -> list[HeldIdentifier]:
    claims: dict[str, list[SourcedClaim]] = defaultdict(list)
    for record in records:
        key = key_of(record)
        for claim in record.claims:
            if valid_at_ms is not None and not claim.holds_at(valid_at_ms):
                continue
            claims[claim.identifier].append(SourcedClaim(key, claim))
    summed = [_sum_up(of_one) for of_one in claims.values()]
    return sorted(summed, key=lambda held: (held.valid_to_ms is not None, held.type, held.scope, held.masked))


def _sum_up(sourced: list[SourcedClaim]) -> HeldIdentifier:
    claims = [each.claim for each in sourced]
    if len(claims) == 1:
        [only] = claims
        told = (only.verified, only.valid_from_ms, only.valid_to_ms, only.observed_ms)
        return HeldIdentifier(only.type, only.scope, only.masked, *told, tuple(sourced))
    ends = [claim.valid_to_ms for claim in claims if claim.valid_to_ms is not None]
    return HeldIdentifier(
        type=claims[0].type,
        scope=claims[0].scope,
        masked=claims[0].masked,
        verified=any(claim.verified for claim in claims),
        valid_from_ms=min(claim.valid_from_ms for claim in claims),
        valid_to_ms=max(ends) if len(ends) == len(claims) else None,
        observed_ms=max(claim.observed_ms for claim in claims),
        claims=tuple(sorted(sourced, key=lambda each: (each.record, each.claim.valid_from_ms))),
    )


def key_of(record: HeldRecord) -> RecordKey:
    """The key of a stored record."""
    return RecordKey(record.system, record.external_id)
