"""Scalars that GraphQL lacks: instants, money and other amounts."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from hub.core.clock import from_ms
from hub.core.ledger import FOREVER_MS

Instant = NewType("Instant", int)
"""Epoch milliseconds, UTC: the stored form. Written out as ISO 8601."""

Fen = NewType("Fen", int)
"""Money in fen, a hundredth of a yuan."""


Amount = NewType("Amount", int)
"""So many of an asset's unit: points, or fen."""

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


@lru_cache(maxsize=16_384)
def write_instant(instant_ms: int) -> str:
    """`2026-11-21T08:30:00.000Z`; remembered, because answers name the same instants again and again."""
    return f"{from_ms(instant_ms).isoformat(timespec='milliseconds')[:-6]}Z"  # without +00:00


def read_instant(written: object) -> int:
    """The instant that a caller writes in ISO 8601 with its distance from UTC; raises ValueError."""
    if not (isinstance(written, str) and _INSTANT.fullmatch(written)):
        raise ValueError("expected an instant with its distance from UTC, such as 2026-11-21T08:30:00Z")
    instant_ms = int(datetime.fromisoformat(written).timestamp() * 1000)
    if not 0 <= instant_ms <= FOREVER_MS:
        raise ValueError("expected a year from 1970 to 9999")
    return instant_ms


def read_amount(given: object) -> int:
    """A whole number, however large: the ledger says what it takes. Raises ValueError for anything else."""
    if isinstance(given, bool) or not isinstance(given, int):
        raise ValueError("expected a whole number")  # noqa: TRY004  (of which GraphQL makes the caller's error)
    return given


SCALARS: Final[dict[object, ScalarDefinition]] = {
    Instant: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC, to the millisecond: 2026-11-21T08:30:00.000Z. / UTC 时间点，精确到毫秒。",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
        serialize=write_instant,
        parse_value=read_instant,
    ),
    Fen: strawberry.scalar(
        name="Fen",
        description="Money in fen (1/100 yuan) as a whole JSON number of up to 64 bits. / 金额，单位为分，64 位整数。",
        serialize=int,
        parse_value=read_amount,
    ),
    Amount: strawberry.scalar(
        name="Amount",
        description=(
            "So many of an asset's unit, points or fen, as a whole JSON number: of one record and of one operation up "
            "to 2^53 - 1; what several records of a person have is their sum. / "
            "以资产单位（积分或分）计的整数，单条记录或单次操作最大 2^53 - 1，一人多条记录则为其合计。"
        ),
        serialize=int,
        parse_value=read_amount,
    ),
}
