"""Cells to instants and calendar dates. Like `values.py`: None for a blank, and only `BadCell` is raised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from connectors.files.rows import BadCell
from connectors.files.values import BLANKS, show_cell
from hub.core.clock import AHEAD
from hub.core.model import DAY_MS

TimeFormat = Literal["auto", "epoch_s", "epoch_ms", "excel"]

_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 (wall clock on both sides of the subtraction)
_MS: Final = timedelta(milliseconds=1)
_FACTORS: Final[dict[str, int]] = {"epoch_s": 1000, "epoch_ms": 1}
_EPOCH_BOUND: Final = 10**16
_LAST_MS: Final = int(datetime(2200, 1, 1, tzinfo=UTC).timestamp() * 1000) - 1
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)
_EXPECTED: Final = "not a date: expected one such as 2024-01-05 13:04:00, 2024/1/5 13:04, 2024年1月5日 or 20240105"
_DATED: Final = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})\s*[:时点]\s*(\d{1,2})\s*(?:[:分]\s*(\d{1,2})(?:[.,](\d{1,9}))?\s*秒?|分)?)?"
    r"\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T\s]?(\d{2})(\d{2})(\d{2})?)?")
# 1899-12-30: serial 60 is the 29th of February 1900, which Excel has and the calendar has not.
_EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001
_EXCEL_FIRST: Final = 61
_EXCEL_LAST: Final = 2_958_465
_UNKNOWN_YEARS: Final = "an instant outside of the years 1970 to 2199"
_SPRING_FORWARD: Final = "this time does not exist in {}: clocks were put forward over it"


def compile_instant(zone: ZoneInfo, format: TimeFormat, latest_ms: int = _LAST_MS) -> Callable[[Any], int | None]:
    """A reader of instants in epoch milliseconds; `zone` is that of times that do not say theirs.

    A local time that occurs twice (clocks put back) is the first of the two. What is later than `latest_ms` is refused
    as ahead of the hub's clock.
    """
    localise = _compile_localise(zone)
    factor = _FACTORS.get(format)

    def bounded(instant_ms: int) -> int:
        if not 0 <= instant_ms <= latest_ms:
            raise BadCell(AHEAD if 0 <= instant_ms <= _LAST_MS else _UNKNOWN_YEARS)
        return instant_ms

    def read_instant(cell: Any) -> int | None:
        if type(cell) is str:
            text = cell.strip()
            if format in ("auto", "excel"):
                try:
                    # The commonest shape first; anything odd about it falls through to the patterns.
                    if len(text) == 19 and text[4] == "-" and text[11:13] != "24":
                        return bounded(localise(datetime.fromisoformat(text)))
                except ValueError:
                    pass
        elif type(cell) is int and factor and 0 < cell < _EPOCH_BOUND:
            return bounded(cell * factor)  # what its text would give
        elif isinstance(cell, datetime):
            return bounded(localise(cell))
        elif isinstance(cell, date):
            return bounded(localise(datetime.combine(cell, clock())))
        else:
            text = show_cell(cell)
        if text in BLANKS:
            return None
        return bounded(_from_text(text, format, localise))

    return read_instant


def read_day(cell: Any, latest: date = _LAST_DAY) -> str | None:
    """A calendar date, such as a birthday, from 1900 to `latest`, as an ISO date; a time of day is dropped."""
    if isinstance(cell, datetime):
        found = cell.date()
    elif isinstance(cell, date):
        found = cell
    else:
        text = show_cell(cell).strip()
        if text in BLANKS:
            return None
        found = _written_day(text)
    if not _FIRST_DAY <= found <= _LAST_DAY:
        raise BadCell("a year outside of 1900 to 2199")
    if found > latest:
        raise BadCell("a day in the future")
    return found.isoformat()


def _written_day(text: str) -> date:
    try:
        if len(text) == 10 and text[4] == "-" and text[7] == "-":
            return date.fromisoformat(text)
    except ValueError:
        pass
    return _written_moment(_narrow(text))[0].date()


def _from_text(text: str, format: TimeFormat, localise: Callable[[datetime], int]) -> int:
    text = _narrow(text)
    if (factor := _FACTORS.get(format)) is not None:
        return _epoch(text, factor)
    if text.isdecimal() and len(text) in (10, 13):
        return _epoch(text, 1000 if len(text) == 10 else 1)
    if format == "excel" and len(text) <= 24 and re.fullmatch(r"\d{1,7}(\.\d+)?", text):
        return localise(_from_serial(Decimal(text)))
    moment, offset = _written_moment(text)
    if offset is not None:
        return (moment - _EPOCH - offset) // _MS
    return localise(moment)


def _epoch(text: str, factor: int) -> int:
    if len(text) > 40 or not re.fullmatch(r"\d{1,16}(\.\d+)?", text):
        unit = "seconds" if factor == 1000 else "milliseconds"
        raise BadCell(f"not a number of {unit} since 1970")
    return int(Decimal(text) * factor)


def _from_serial(serial: Decimal) -> datetime:
    if not _EXCEL_FIRST <= serial <= _EXCEL_LAST:
        raise BadCell("not a serial date of a spreadsheet")
    # Fractions of a day come as doubles: to the nearest millisecond they are what was entered.
    return _EXCEL_EPOCH + timedelta(milliseconds=int((serial * DAY_MS).to_integral_value()))


def _written_moment(text: str) -> tuple[datetime, timedelta | None]:
    """The wall clock that a text writes and its distance from UTC, if it says so."""
    found = _DATED.fullmatch(text) or _COMPACT.fullmatch(text) if len(text) <= 64 else None
    if found is None:
        raise BadCell(_EXPECTED)
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction, zone = (found[7], found[8]) if found.re is _DATED else (None, None)
    microsecond = int((fraction or "0").ljust(6, "0")[:6])
    try:
        moment = datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001
    except ValueError:
        raise BadCell("there is no such date or time in the calendar") from None
    return moment, _offset(zone) if zone else None


def _offset(zone: str) -> timedelta:
    if zone in ("Z", "z", "UTC"):
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 14 or minutes > 59:
        raise BadCell("there is no such distance from UTC")
    distance = timedelta(hours=hours, minutes=minutes)
    return -distance if zone[0] == "-" else distance


def _narrow(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def _compile_localise(zone: ZoneInfo) -> Callable[[datetime], int]:
    offsets: dict[int, int | None] = {}

    def localise(moment: datetime) -> int:
        if moment.tzinfo is not None:
            return (moment.replace(tzinfo=None) - _EPOCH - (moment.utcoffset() or timedelta())) // _MS
        wall_ms = (moment - _EPOCH) // _MS
        day = wall_ms // DAY_MS
        # The zone's arithmetic is ten times as slow as a dictionary, and nearly every day has one offset.
        offset = offsets.get(day, -1)
        if offset == -1:
            offset = offsets[day] = _steady_offset(moment, zone)
        return wall_ms - (offset if offset is not None else _offset_at(moment, zone))

    return localise


def _steady_offset(moment: datetime, zone: ZoneInfo) -> int | None:
    """The zone's offset in milliseconds if it is the same from the day before to the day after, else None."""
    if not 1900 < moment.year < 2300:
        raise BadCell(_UNKNOWN_YEARS)
    around = {(moment + timedelta(hours=hours)).replace(tzinfo=zone).utcoffset() for hours in (-24, 0, 24)}
    found = around.pop()
    return found // _MS if found is not None and not around else None


def _offset_at(moment: datetime, zone: ZoneInfo) -> int:
    aware = moment.replace(tzinfo=zone)
    if aware.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(fold=0):
        raise BadCell(_SPRING_FORWARD.format(zone.key))
    return (aware.utcoffset() or timedelta()) // _MS
