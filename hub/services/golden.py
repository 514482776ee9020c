"""The golden record: chosen by `rules.survivorship`, after what stewards pinned; and as it is stored with a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import orjson

from graph.decisions import StoredPin
from rules.evidence import Profile
from rules.survivorship import Survivor, choose_golden

Pins = Mapping[str, Mapping[str, StoredPin]]
"""What stewards pinned: record key to field to pin."""

NO_PINS: Final[Pins] = {}


class GoldenValue(NamedTuple):
    """A stored golden field: the value, the record that it came from, and when that stated it."""

    value: str
    record: str
    stated_ms: int


def choose_values(profiles: Iterable[tuple[str, Profile]], pins: Pins = NO_PINS) -> list[Survivor]:
    """The surviving value of each field of these records, sorted by field; the pins are those on these records.

    A pinned field has the value that was pinned last, of two pinned at one instant that of the later decision.
    """
    survivors = {one.field: one for one in choose_golden(profiles)}
    pinned: dict[str, tuple[int, str]] = {}
    for record, fields in pins.items():
        for field, pin in fields.items():
            if (pin.pinned_ms, pin.decision) > pinned.get(field, (-1, "")):
                pinned[field] = pin.pinned_ms, pin.decision
                survivors[field] = Survivor(field, pin.value, record, pin.pinned_ms)
    return [survivors[field] for field in sorted(survivors)]


def encode_golden(profiles: Iterable[tuple[str, Profile]], pins: Pins = NO_PINS) -> str:
    """The stored text of a golden record: JSON, field to [value, record, stated at in ms], sorted by field."""
    survivors = choose_values(profiles, pins)
    golden: Mapping[str, object] = {one.field: [one.value, one.record, one.observed_ms] for one in survivors}
    return orjson.dumps(golden).decode()


def decode_golden(text: str | None) -> dict[str, GoldenValue]:
    """The fields behind `encode_golden`; empty for a golden record that is not there."""
    return {field: GoldenValue(*value) for field, value in orjson.loads(text).items()} if text else {}
