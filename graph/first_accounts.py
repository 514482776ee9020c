"""Accounts of records that the same statement creates, with all that they begin with.

Nobody else can know of them, so that nothing is locked, read or looked up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson

from graph.ledger_rows import account_row, entry_row, lot_row, operation_row
from graph.postings import NEW_ENTRY, NEW_LOT
from hub.core.ledger import Account, Entry, Lot, Operation

_ACCOUNT: Final = """(a:Account {key: row[0], entries: row[17], at_ms: row[18], debt: row[19], due_ms: row[20],
                                     free: row[21], holds: row[22], asset: row[23], stated: row[24],
                                     stated_ms: row[25], stated_lots: row[26], programme: row[27], revision: 0})"""
CREATE_FIRST: Final = (
    """
    FOREACH (row IN held[0] | CREATE (r)-[:HOLDS]->"""
    + _ACCOUNT
    + "-[:OPEN]->"
    + NEW_LOT
    + """)
    FOREACH (row IN held[1] | CREATE (r)-[:HOLDS]->"""
    + _ACCOUNT
    + " CREATE "
    + NEW_LOT
    + """)
    FOREACH (row IN held[2] | CREATE """
    + NEW_ENTRY
    + """)
    FOREACH (row IN held[3] | CREATE (o:Operation) SET o = row)
    """
)
"""Creates accounts of a record `r` by what `hold_rows` gives as `held`."""


class FirstAccount(NamedTuple):
    """What a record's account is from its beginning on, by the first that was stated of it.

    Attributes:
        lot: what was opened; it may have expired by now.
        stated_ms: when the lot's amount was stated.
    """

    account: Account
    lot: Lot
    entries: tuple[Entry, ...]
    operation: Operation
    stated_ms: int


def hold_rows(firsts: Iterable[FirstAccount]) -> list[list[Any]]:
    """A record's accounts as `CREATE_FIRST` expects them: with open lots, with closed ones; entries; operations."""
    opened: list[Any] = []
    closed: list[Any] = []
    entries: list[Any] = []
    operations: list[Any] = []
    for first in firsts:
        (opened if first.lot.left else closed).append(_account_row(first))
        entries += [entry_row(entry, first.operation.key) for entry in first.entries]
        operations.append(operation_row(first.operation))
    return [opened, closed, entries, operations]


def _account_row(first: FirstAccount) -> list[Any]:
    key, *sums = account_row(first.account)
    asked = first.operation
    said = [asked.asset, asked.amount, first.stated_ms, orjson.dumps([first.lot.id]).decode(), asked.programme]
    return [key, *lot_row(key, first.lot), *sums, *said]
