"""Cells that state what a customer holds of an asset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.files.cells import Reader, compile_cell
from connectors.files.columns import BalanceColumn
from connectors.files.rows import BadCell, Cells
from connectors.files.times import read_day
from connectors.files.values import read_fen, read_quantity
from hub.core.model import StatedBalance


def compile_balance(asset: str, part: BalanceColumn, zone: ZoneInfo) -> Reader[StatedBalance | None]:
    """A function from a row's cells to what it states of an asset; None where the cell is blank. It raises BadCell."""
    read_amount = compile_cell(part.column, _compile_amount(part))
    read_expiry = compile_cell(part.last_day, lambda cell: _read_expiry(cell, zone)) if part.last_day else None

    def read_balance(cells: Cells) -> StatedBalance | None:
        amount = read_amount(cells)
        expires_ms = read_expiry(cells) if read_expiry else None
        return None if amount is None else StatedBalance(asset, amount, expires_ms)

    return read_balance


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
