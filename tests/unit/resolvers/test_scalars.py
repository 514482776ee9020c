"""Instants and money as they are written out."""

from __future__ import annotations

import pytest

from resolvers.scalars import write_instant


@pytest.mark.parametrize(
    ("instant_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_760_000_000_007, "2025-10-09T08:53:20.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_an_instant_is_utc_with_milliseconds(instant_ms: int, text: str) -> None:
    assert write_instant(instant_ms) == text
