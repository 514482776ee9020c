"""The golden record as it is stored with a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from rules.evidence import Profile
from rules.survivorship import choose_golden


def encode_golden(profiles: Iterable[tuple[str, Profile]]) -> str:
    """The stored text of a golden record: JSON, field to [value, record, stated at in ms], sorted by field."""
    survivors = choose_golden(profiles)
    golden: Mapping[str, object] = {one.field: [one.value, one.record, one.observed_ms] for one in survivors}
    return orjson.dumps(golden).decode()
