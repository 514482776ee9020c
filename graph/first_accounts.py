"""Accounts of records that the same statement creates, with all that they begin with.

Nobody else can know of them, so that nothing is locked, read or looked up.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import orjson

from graph.ledger_rows import account_row, entry_row, lot_row, operation_row
from graph.postings import NEW_LOT
from hub.core.ledger import Account, Entry, Lot, Operation

CREATE_FIRST: Final = (
    """
    CREATE (r)-[:HOLDS]->(a:Account {key: row[0], entries: row[17], at_ms: row[18], debt: row[19], due_ms: row[20],
                                     free: row[21], holds: row[22], asset: row[23], stated: row[24],
                                     stated_ms: row[25], stated_lots: row[26], programme: row[27], revision: 0})
           -[:OPEN]->"""
    + NEW_LOT
    + """
    CREATE (e:Entry {key: row[28], at_ms: row[29], kind: row[30], amount: row[31], operation: row[32], body: row[33]})
    CREATE (o:Operation)
    SET o = row[34]
    """
)
"""Creates an account of a record `r` by a `row` of `first_row`."""


class FirstAccount(NamedTuple):
    """What a record's account is from its beginning on: one open lot, by what was stated of it.

    Attributes:
        stated_ms: when the lot's amount was stated.
    """

    account: Account
    lot: Lot
    entry: Entry
    operation: Operation
    stated_ms: int


def first_row(first: FirstAccount) -> list[Any]:
    """An account in the order that `CREATE_FIRST` expects."""
    key, *sums = account_row(first.account)
    operation = first.operation
    said = [operation.asset, operation.amount, first.stated_ms, orjson.dumps([first.lot.id]).decode()]
    entry = entry_row(first.entry, operation.key)
    return [key, *lot_row(key, first.lot), *sums, *said, operation.programme, *entry, operation_row(operation)]
