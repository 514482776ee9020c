"""What a system's module offers: its name, its two files, and how a row of each is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from hub.demo.exports.tables import Table
from hub.demo.history import History
from hub.demo.people import Kind
from hub.demo.records import CustomerRow
from hub.demo.sales import Sale


@dataclass(frozen=True, slots=True)
class Export:
    """One system's exports.

    Attributes:
        system: the key that its files are imported under, such as `tmall:flagship`.
        suffix: of both files, with the dot.
        customer_mapping: the ready mapping of its customers; the one of its orders is `KIND-orders`.
        customer_row: takes a source of chance for what a system knows only now and then.
        order_rows: the rows of one order, which stay adjacent.
    """

    kind: Kind
    system: str
    suffix: str
    open_customers: Callable[[Path], Table]
    open_orders: Callable[[Path], Table]
    customer_row: Callable[[CustomerRow, Random], Any]
    order_rows: Callable[[Sale, History], Iterable[Any]]
    customer_mapping: str


def clock(moment: datetime) -> str:
    """`2026-01-31 18:05:00`: as most of these systems write a time."""
    return moment.isoformat(" ", "seconds")


def yuan(amount_fen: int) -> str:
    """`12.30`."""
    return f"{amount_fen // 100}.{amount_fen % 100:02d}"
