"""The golden record: of what several records say of one person, the value to believe, field by field, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from rules.evidence import Profile
from rules.policy import Criterion, FieldPolicy, Policy

Reason = Literal["pin", "source", "verified", "recent", "only"]


class SourceProfile(NamedTuple):
    """What one record says of its customer. A tuple, because there are millions.

    Attributes:
        record: the record's key, unique among those compared.
        system: its system's key, such as `tmall:flagship`.
        verified: whether the record holds an identifier now of which its source has proof.
    """

    record: str
    system: str
    verified: bool
    profile: Profile


@dataclass(frozen=True, slots=True)
class Pin:
    """A steward's word on one field. `record` is the one that they chose; None for a value that none has."""

    value: str
    record: str | None
    author: str
    reason: str
    pinned_ms: int


class Survivor(NamedTuple):
    """A field's surviving value. A tuple, because there are millions.

    Attributes:
        record: the key of the record that it came from; None for a pinned value that no record has.
        observed_ms: when the record's source stated it, or when it was pinned.
        why: what decided: a `pin`; the criterion of the policy that left no other value; `only` where no record says
            anything else. Values that are equal by every criterion were decided by the last of them.
    """

    field: str
    value: str
    record: str | None
    observed_ms: int
    why: Reason


_NO_PINS: Final[Mapping[str, Pin]] = MappingProxyType({})


def choose_golden(
    profiles: Iterable[SourceProfile], policy: Policy, pins: Mapping[str, Pin] = _NO_PINS
) -> list[Survivor]:
    """The surviving value of each field, in the order of the fields' names; empty where nobody says anything.

    A pin outranks all records, and stands where no record speaks of its field. Otherwise the policy's criteria are
    compared one after the other; of values that are equal by all of them, that of the record whose key sorts first
    survives. The order of `profiles` does not matter.
    """
    said: dict[str, list[_Said]] = {}
    for one in profiles:
        for field, (value, observed_ms) in one.profile.items():
            said.setdefault(field, []).append(_Said(one.record, value, observed_ms, one.system, one.verified))
    return [
        _pinned(field, pins[field]) if field in pins else _choose(field, said[field], policy.field_policy(field))
        for field in sorted(said.keys() | pins.keys())
    ]


class _Said(NamedTuple):
    record: str
    value: str
    observed_ms: int
    system: str
    verified: bool


def _pinned(field: str, pin: Pin) -> Survivor:
    return Survivor(field, pin.value, pin.record, pin.pinned_ms, "pin")


def _choose(field: str, said: list[_Said], how: FieldPolicy) -> Survivor:
    why: Reason = "only"
    left = said
    for criterion in how.criteria:
        if len(left) == 1:
            break
        if _differ(left):
            why = criterion
        ranks = [_rank(one, criterion, how) for one in left]
        best = min(ranks)
        left = [one for one, rank in zip(left, ranks, strict=True) if rank == best]
    chosen = min(left)
    return Survivor(field, chosen.value, chosen.record, chosen.observed_ms, why)


def _differ(said: list[_Said]) -> bool:
    return any(one.value != said[0].value for one in said)


def _rank(said: _Said, criterion: Criterion, how: FieldPolicy) -> int:
    """The lower the better."""
    match criterion:
        case "source":
            return min(_places(said.system, how.sources), default=len(how.sources))
        case "verified":
            return 0 if said.verified else 1
        case "recent":
            return -said.observed_ms


def _places(system: str, sources: tuple[str, ...]) -> Iterator[int]:
    kind = system.partition(":")[0]
    return (place for place, source in enumerate(sources) if source in (system, kind))
