"""First accounts of records that their transaction creates: nobody else knows of them, so nothing is locked or read.

An account is written as statements on it leave it, with its lots, entries and operations, instead of being brought
there.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

import orjson

from graph.database import Transaction
from graph.ledger_rows import account_row, lot_row
from graph.postings import APPEND, NEW_LOT, Posting, append_rows
from graph.statement import Statement
from hub.core.ledger import Account

_CREATE: Final = Statement(
    "first_accounts.create",
    "write",
    """
    CALL () {
        UNWIND $accounts AS first
        MATCH (r:Record {key: first[0]})
        CREATE (r)-[:HOLDS]->(a:Account {key: first[1], entries: first[2], at_ms: first[3], debt: first[4],
                                         due_ms: first[5], free: first[6], holds: first[7], asset: first[8],
                                         stated: first[9], stated_ms: first[10], stated_lots: first[11],
                                         programme: $programme, revision: 0})
        WITH a, first
        UNWIND first[12] AS row
        CREATE (a)-[:OPEN]->"""
    + NEW_LOT
    + """
        RETURN count(*) AS opened
    }
    CALL () {
        UNWIND $closed AS row
        CREATE """
    + NEW_LOT
    + """
        RETURN count(*) AS closed
    }
    """
    + APPEND
    + """
    RETURN entries
    """,
)


class FirstAccount(NamedTuple):
    """What a record's account is from its beginning on, by what was stated of it.

    Attributes:
        amount, at_ms: what was stated last, and when.
        lots: those that statements opened, by id.
        posting: how it came about.
    """

    record: str
    asset: str
    account: Account
    amount: int
    at_ms: int
    lots: tuple[str, ...]
    posting: Posting


async def create_accounts(tx: Transaction, programme: str, firsts: Collection[FirstAccount]) -> None:
    """Create accounts of records that this transaction has created; one statement, however many they are."""
    ordered = sorted(firsts, key=lambda first: first.account.key)
    await tx.run(
        _CREATE,
        programme=programme,
        accounts=[_account_row(first) for first in ordered],
        closed=[row for first in ordered for row in _lot_rows(first.account, is_open=False)],
        **append_rows([first.posting for first in ordered]),
    )


def _account_row(first: FirstAccount) -> list[Any]:
    return [
        first.record,
        *account_row(first.account),
        first.asset,
        first.amount,
        first.at_ms,
        orjson.dumps(first.lots).decode(),
        _lot_rows(first.account, is_open=True),
    ]


def _lot_rows(account: Account, *, is_open: bool) -> list[list[Any]]:
    return [[account.key, *lot_row(account.key, lot)] for lot in account.lots.values() if (lot.left > 0) is is_open]
