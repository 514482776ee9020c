"""The golden record: of what several records say of one person, the value to believe, field by field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.evidence import Profile


@dataclass(frozen=True, slots=True)
class Survivor:
    """A field's surviving value and the record that it came from."""

    field: str
    value: str
    record: str
    observed_ms: int


def choose_golden(profiles: Iterable[tuple[str, Profile]]) -> list[Survivor]:
    """The surviving value of each field, in the order of the fields' names; empty where nobody says anything.

    The most recent statement survives; of two at one instant the one of the record whose key sorts first.
    `profiles` pairs a record's key with what it says.
    """
    best: dict[str, Survivor] = {}
    for record, profile in sorted(profiles, key=lambda pair: pair[0]):
        for name, (value, observed_ms) in profile.items():
            held = best.get(name)
            if held is None or observed_ms > held.observed_ms:
                best[name] = Survivor(name, value, record, observed_ms)
    return [best[name] for name in sorted(best)]
