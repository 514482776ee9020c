"""What sources said, as claims with validity; built so that the order of arrival does not matter.

A record holds, for each type and scope of identifier, what its source stated at each instant. The latest instant's
values are live. A value that a later assertion leaves out ends at that assertion; nothing is overwritten.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from hub.core.model import Claim, Stated

MAX_STATED: Final = 64
"""How many times of stating a claim keeps: the first, and the latest of the others."""


class Assertion(NamedTuple):
    """One identifier that a source stated for a record. A tuple, because there are millions."""

    type: str
    scope: str
    identifier: str
    stated: Stated


def weave(claims: Iterable[Claim], assertions: Iterable[Assertion]) -> frozenset[Claim]:
    """A record's claims after more assertions, which may be late, repeated or in any order.

    The claims depend only on all that was ever stated, because each keeps the times at which it was. (A claim that was
    stated more than `MAX_STATED` times keeps the first and the latest: an assertion of another value that arrives so
    late that it falls among the forgotten ones ends it up to `MAX_STATED` statements too early.)
    """
    slots: dict[tuple[str, str], list[Assertion]] = defaultdict(list)
    for claim in claims:
        for stated in claim.stated:
            slots[claim.type, claim.scope].append(Assertion(claim.type, claim.scope, claim.identifier, stated))
    for assertion in assertions:
        slots[assertion.type, assertion.scope].append(assertion)
    return frozenset(claim for said in slots.values() for claim in _weave_slot(said))


def _weave_slot(said: list[Assertion]) -> list[Claim]:
    if len(said) == 1:
        return [Claim(said[0].type, said[0].scope, said[0].identifier, (said[0].stated,))]
    by_instant: dict[int, dict[str, list[Assertion]]] = defaultdict(lambda: defaultdict(list))
    for assertion in said:
        by_instant[assertion.stated.at_ms][assertion.identifier].append(assertion)
    closed: list[Claim] = []
    running: dict[str, Claim] = {}
    for instant in sorted(by_instant):
        values = by_instant[instant]
        for identifier in running.keys() - values.keys():
            closed.append(running.pop(identifier)._replace(valid_to_ms=instant))
        for identifier, repeats in values.items():
            running[identifier] = _extended(running.get(identifier), repeats)
    return [_bounded(claim) for claim in (*closed, *running.values())]


def _extended(claim: Claim | None, repeats: list[Assertion]) -> Claim:
    stated = Stated(
        repeats[0].stated.at_ms,
        min(one.stated.source for one in repeats),
        any(one.stated.verified for one in repeats),
    )
    if claim is not None:
        return claim._replace(stated=(*claim.stated, stated))
    return Claim(repeats[0].type, repeats[0].scope, repeats[0].identifier, (stated,))


def _bounded(claim: Claim) -> Claim:
    if len(claim.stated) <= MAX_STATED:
        return claim
    return claim._replace(stated=(claim.stated[0], *claim.stated[1 - MAX_STATED :]))


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
