"""Scalars that GraphQL lacks: instants and money."""

from __future__ import annotations

from typing import Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from hub.core.clock import from_ms

Instant = NewType("Instant", int)
"""Epoch milliseconds, UTC: the stored form. Written out as ISO 8601."""

Fen = NewType("Fen", int)
"""Money in fen, a hundredth of a yuan."""


def write_instant(instant_ms: int) -> str:
    """`2026-11-21T08:30:00.000Z`."""
    return from_ms(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


SCALARS: Final[dict[object, ScalarDefinition]] = {
    Instant: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, to the millisecond: 2026-11-21T08:30:00.000Z. / UTC 时间点，精确到毫秒。",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=write_instant,
    ),
    Fen: strawberry.scalar(
        name="Fen",
        description="Money in fen (1/100 yuan) as a whole JSON number of up to 64 bits. / 金额，单位为分，64 位整数。",
        serialize=int,
    ),
}
