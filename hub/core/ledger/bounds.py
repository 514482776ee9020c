"""Bounds of the ledger's numbers. Amounts are integers in the asset's unit, instants epoch milliseconds in UTC."""

from __future__ import annotations

from typing import Final

FOREVER_MS: Final = 253_402_300_799_999
"""The end of the year 9999: of a lot that never expires, or whose pending end is not known yet."""

MAX_AMOUNT: Final = 2**53 - 1
"""The greatest amount and the greatest sum: what every JSON reader holds exactly."""
