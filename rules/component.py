"""What the partition is computed from: records that are connected, their live claims, and stewards' rulings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class HeldIdentifier(NamedTuple):
    """A record's live claim on an identifier. A tuple, because there are millions.

    Attributes:
        identifier: any key that is equal for equal identifiers.
        from_ms, observed_ms: when the record first and last stated it.
    """

    identifier: str
    type: str
    scope: str = ""
    from_ms: int = 0
    observed_ms: int = 0
    verified: bool = False


class RecordEvidence(NamedTuple):
    """What counts of one record: `birth_id` is the person id that it brought, `profile` its fields by name."""

    record: str
    birth_id: str
    claims: tuple[HeldIdentifier, ...] = ()
    profile: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True, order=True)
class Ruling:
    """A steward's decision on two records; `apart` says that they are two persons, otherwise they are one."""

    id: str
    left: str
    right: str
    apart: bool
