"""The golden record as it is stored with a person: what each field says, whose word that is, and why it counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, cast

import orjson

from hub.core.model import RecordKey
from rules.evidence import Profile
from rules.policy import Policy
from rules.survivorship import Pin, Reason, SourceProfile, Survivor, choose_golden


class GoldenSource(NamedTuple):
    """What one record brings to a golden record; `pins` is the stored text of what stewards pinned on it."""

    record: str
    profile: Profile
    verified: bool = False
    pins: str | None = None


@dataclass(frozen=True, slots=True)
class GoldenField:
    """A field as it is stored; `record` is None for a pinned value that no record has."""

    field: str
    value: str
    record: str | None
    observed_ms: int
    why: Reason


def encode_golden(policy: Policy, sources: Iterable[GoldenSource]) -> str:
    """The stored text of a golden record: JSON, field to [value, record, stated at in ms, why], sorted by field."""
    known = list(sources)
    profiles = [
        SourceProfile(one.record, RecordKey.parse(one.record).system, one.verified, one.profile) for one in known
    ]
    return _encode(choose_golden(profiles, policy, _gather_pins(known)))


def decode_golden(text: str | None) -> tuple[GoldenField, ...]:
    """The fields behind `encode_golden`, by name; none for a person whose golden record was never computed."""
    if text is None:
        return ()
    return tuple(
        GoldenField(field, value, record, observed_ms, cast(Reason, why))
        for field, (value, record, observed_ms, why) in sorted(orjson.loads(text).items())
    )


def find_birthday(text: str | None) -> str | None:
    """The birthday of a stored golden record, an ISO date."""
    return next((one.value for one in decode_golden(text) if one.field == "birthday"), None)


def _encode(survivors: Iterable[Survivor]) -> str:
    return orjson.dumps({one.field: [one.value, one.record, one.observed_ms, one.why] for one in survivors}).decode()


def _gather_pins(sources: Iterable[GoldenSource]) -> dict[str, Pin]:
    """The pin of each field; of several records' pins the last one counts."""
    found: dict[str, Pin] = {}
    for one in sources:
        for field, said in orjson.loads(one.pins or "{}").items():
            pin = Pin(said["value"], one.record, said["author"], said["reason"], said["pinned_ms"])
            if field not in found or (found[field].pinned_ms, str(found[field].record)) < (pin.pinned_ms, one.record):
                found[field] = pin
    return found
