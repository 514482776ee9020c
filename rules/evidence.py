"""What sources said, as claims with validity; built so that the order of arrival does not matter.

A record holds, for each type and scope of identifier, what its source stated at each instant. The latest instant's
values are live. A value that a later assertion leaves out ends at that assertion; nothing is overwritten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hub.core.model import Claim


@dataclass(frozen=True, slots=True)
class Assertion:
    """One identifier that a source stated for a record at an instant."""

    type: str
    scope: str
    identifier: str
    observed_ms: int
    source: str = ""
    verified: bool = False


def weave(claims: Iterable[Claim], assertions: Iterable[Assertion]) -> frozenset[Claim]:
    """A record's claims after more assertions, which may be late, repeated or in any order.

    The claims depend only on all that was ever stated, because each keeps every instant at which it was.
    """
    slots: dict[tuple[str, str], list[Assertion]] = defaultdict(list)
    for claim in claims:
        slots[claim.type, claim.scope].extend(_restate(claim))
    for assertion in assertions:
        slots[assertion.type, assertion.scope].append(assertion)
    return frozenset(claim for points in slots.values() for claim in _weave_slot(points))


def _restate(claim: Claim) -> list[Assertion]:
    return [
        Assertion(claim.type, claim.scope, claim.identifier, instant, claim.source, claim.verified)
        for instant in claim.stated_ms
    ]


def _weave_slot(points: list[Assertion]) -> list[Claim]:
    stated: dict[int, dict[str, list[Assertion]]] = defaultdict(lambda: defaultdict(list))
    for point in points:
        stated[point.observed_ms][point.identifier].append(point)
    closed: list[Claim] = []
    running: dict[str, Claim] = {}
    for instant in sorted(stated):
        values = stated[instant]
        for identifier in running.keys() - values.keys():
            closed.append(replace(running.pop(identifier), valid_to_ms=instant))
        for identifier, said in values.items():
            running[identifier] = _extended(running.get(identifier), said)
    return [*closed, *running.values()]


def _extended(claim: Claim | None, said: list[Assertion]) -> Claim:
    first = min(said, key=lambda assertion: assertion.source)
    verified = any(assertion.verified for assertion in said)
    if claim is not None:
        stated = (*claim.stated_ms, first.observed_ms)
        return replace(claim, stated_ms=stated, verified=claim.verified or verified)
    return Claim(
        first.type, first.scope, first.identifier, (first.observed_ms,), source=first.source, verified=verified
    )


Profile = Mapping[str, tuple[str, int]]
"""What one record says of its customer: field to (value, when it was stated in epoch ms)."""


def merge_profile(known: Profile, stated: Profile) -> dict[str, tuple[str, int]]:
    """For each field the value stated last; of two stated at one instant the greater, so that order cannot matter."""
    merged = dict(known)
    for name, value in stated.items():
        held = merged.get(name)
        if held is None or (value[1], value[0]) > (held[1], held[0]):
            merged[name] = value
    return merged
