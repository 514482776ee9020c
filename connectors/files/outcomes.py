"""What translating gives: events, and rows that were rejected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from connectors.files.rows import Row
from hub.core.model import CustomerEvent, OrderEvent


class Translated(NamedTuple):
    """An event and the rows that it was made from. A tuple for the same reason as `Row`.

    Attributes:
        position: how many rows of the source are done with once this is; a later run may resume there
            (`translate(..., skip=position)`). It grows strictly from one outcome to the next.
    """

    event: CustomerEvent | OrderEvent
    rows: tuple[Row, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row; `column` and `value` are empty where no cell is to blame."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rows that stand or fall together, and what is wrong with the first bad one.

    Attributes:
        rows: one customer's row, or all rows of an order.
        line, column, value, reason: of the first problem; the other rows are rejected for its sake.
        position: see `Translated`.
        more: the problems of further rows of the same order.
    """

    rows: tuple[Row, ...]
    line: int
    column: str
    value: str
    reason: str
    position: int
    more: tuple[Problem, ...] = ()


Outcome = Translated | Rejected
