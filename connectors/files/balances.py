"""Cells that state what a customer holds of an asset, and which tier they have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.files.cells import Reader, compile_cell, compile_table
from connectors.files.columns import BalanceColumn, TierColumn
from connectors.files.rows import BadCell, Cells
from connectors.files.times import read_day
from connectors.files.values import read_fen, read_quantity, read_text, show_cell
from hub.core.ledger import FOREVER_MS
from hub.core.model import StatedBalance, StatedTier


def compile_balance(asset: str, part: BalanceColumn, zone: ZoneInfo) -> Reader[StatedBalance | None]:
    """A function from a row's cells to what it states of an asset; None where the cell is blank. It raises BadCell."""
    read_amount = compile_cell(part.column, _compile_amount(part))
    read_expiry = _compile_last_day(part.last_day, zone, FOREVER_MS)

    def read_balance(cells: Cells) -> StatedBalance | None:
        amount = read_amount(cells)
        expires_ms = read_expiry(cells)
        return None if amount is None else StatedBalance(asset, amount, expires_ms)

    return read_balance


def compile_tier(part: TierColumn | None, zone: ZoneInfo) -> Reader[StatedTier | None]:
    """A function from a row's cells to the tier that it states; None where the cell is blank. It raises BadCell."""
    if part is None:
        return lambda _: None
    column = part.column
    read_name = compile_cell(column, read_text if part.values is None else compile_table(part.values))
    read_end = _compile_last_day(part.last_day, zone, None)

    def read_tier(cells: Cells) -> StatedTier | None:
        name, to_ms = read_name(cells), read_end(cells)
        return None if name is None else StatedTier(name, to_ms, column)

    return read_tier


def _compile_last_day(column: str | None, zone: ZoneInfo, never: int | None) -> Reader[int | None]:
    """The end of the day in a column; `never` for the last day of the calendar, which ERPs write for no end."""
    if not column:
        return lambda _: None
    return compile_cell(column, lambda cell: never if _is_never(cell) else _read_expiry(cell, zone))


def _is_never(cell: Any) -> bool:
    shown = cell.isoformat() if isinstance(cell, date) else show_cell(cell).strip()
    return shown[:10].replace("/", "-") == "9999-12-31" or shown == "99991231"


def _compile_amount(part: BalanceColumn) -> Callable[[Any], int | None]:
    unit = part.unit

    def read(cell: Any) -> int | None:
        amount = read_quantity(cell) if unit == "point" else read_fen(cell, unit)
        if amount is not None and amount < 0:
            raise BadCell("a balance below zero: import it as 0, and take back what is owed by hand")
        return amount

    return read


def _read_expiry(cell: Any, zone: ZoneInfo) -> int | None:
    """The end of the last day, which is the midnight after it."""
    last = read_day(cell)
    if last is None:
        return None
    midnight = datetime.combine(date.fromisoformat(last) + timedelta(days=1), time(), zone)
    return int(midnight.timestamp() * 1000)
