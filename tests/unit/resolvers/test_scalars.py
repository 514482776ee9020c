"""Instants and amounts as they are written out and read."""

from __future__ import annotations

import pytest

from resolvers.scalars import read_amount, read_instant, write_instant


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


@pytest.mark.parametrize(
    ("text", "instant_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2025-10-09T08:53:20.007Z", 1_760_000_000_007),
        ("2025-10-09T16:53:20.007+08:00", 1_760_000_000_007),
        ("2025-10-09T08:53:20.007999-00:00", 1_760_000_000_007),
    ],
)
def test_an_instant_is_read_with_its_distance_from_utc(text: str, instant_ms: int) -> None:
    assert read_instant(text) == instant_ms


@pytest.mark.parametrize(
    "given",
    [
        *("2025-10-09", "2025-10-09T08:53:20", "2025-13-09T08:53:20Z", "1969-12-31T23:59:59Z", "２025-10-09T08:53:20Z"),
        *("", "x" * 100_000, 1_760_000_000, None, True, ["2025-10-09T08:53:20Z"]),
    ],
)
def test_anything_else_is_no_instant(given: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (two families of words)
        read_instant(given)


@pytest.mark.parametrize("given", [0, -7, 2**53, 2**200])
def test_any_whole_number_is_an_amount(given: int) -> None:
    assert read_amount(given) == given


@pytest.mark.parametrize("given", [1.0, "1", True, None, [1]])
def test_what_is_no_whole_number_is_no_amount(given: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        read_amount(given)
