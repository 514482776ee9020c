"""Which open lots of a locked account an operation gets to see: a few come with the account, more as it needs them.

What is due needs all of them, and what is spent the first ones in spending order. A range of places is read twice, once
for its end: so whatever order an engine finds lots in, none before that end is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from graph.database import Transaction
from graph.failures import Torn
from graph.ledger_rows import LOT_COLUMNS, read_lot
from graph.statement import Statement
from hub.core.ledger import Account, Lot

FEW: Final = 50
"""An account that has no more open lots than this is read with all of them."""

_PAGE: Final = 100

_FETCH_ALL: Final = Statement(
    "open_lots.fetch_all",
    "read",
    "MATCH (:Account {key: $account})-[:OPEN]->(l:Lot) RETURN " + LOT_COLUMNS + " AS lot",
)
_BOUND: Final = Statement(
    "open_lots.bound",
    "read",
    """
    MATCH (l:Lot) WHERE l.place > $after AND l.place < $before
    WITH l.place AS place LIMIT $limit
    RETURN max(place) AS bound
    """,
)
_FETCH_RANGE: Final = Statement(
    "open_lots.fetch_range",
    "read",
    "MATCH (l:Lot) WHERE l.place > $after AND l.place <= $bound RETURN " + LOT_COLUMNS + " AS lot",
)


async def show_lots(tx: Transaction, accounts: Sequence[Account], at_ms: int, *, amount: int = 0) -> list[Account]:
    """Accounts as they were read with at most `FEW` open lots and one, with those that an operation needs.

    Args:
        at_ms: when the operation is to take effect; never before the last entry of any of the accounts.
        amount: so much is to be taken in spending order.
    """
    now_ms = max([at_ms, *(account.at_ms for account in accounts)])
    return [await _show_lots(tx, account, now_ms, amount) for account in accounts]


async def _show_lots(tx: Transaction, account: Account, now_ms: int, amount: int) -> Account:
    if len(account.lots) <= FEW:
        return check_whole(account)
    if account.due_ms <= now_ms:
        rows = await tx.run(_FETCH_ALL, account=account.key)
        return check_whole(replace(account, lots=read_lots(row["lot"] for row in rows)))
    return await _show_first(tx, replace(account, lots={}), now_ms, amount)


async def _show_first(tx: Transaction, account: Account, now_ms: int, amount: int) -> Account:
    after, before, limit = f"{account.key}|", f"{account.key}}}", _PAGE
    while sum(lot.available(now_ms) for lot in account.lots.values()) < amount:
        [row] = await tx.run(_BOUND, after=after, before=before, limit=limit)
        if row["bound"] is None:
            return check_whole(account)
        rows = await tx.run(_FETCH_RANGE, after=after, bound=row["bound"])
        account = replace(account, lots={**account.lots, **read_lots(found["lot"] for found in rows)})
        after, limit = row["bound"], 4 * limit
    return check_held(account)


def is_due(account: Account, at_ms: int) -> bool:
    """Whether an operation at an instant, or at the account's last one if that is later, has to post what fell due."""
    return account.due_ms <= max(at_ms, account.at_ms)


def check_whole(account: Account) -> Account:
    """The account, if its open lots are those that its sums are of; raises Torn."""
    if sum(lot.free for lot in account.lots.values()) != sum(account.free.values()):
        raise Torn("an account of the ledger")
    if sum(lot.held for lot in account.lots.values()) != account.held:
        raise Torn("an account of the ledger")
    return account


def check_held(account: Account) -> Account:
    """The account, if what its holds keep of the lots that were read is what these say; raises Torn."""
    held = Counter[str]()
    for hold in account.holds.values():
        for part in hold.parts:
            held[part.lot] += part.amount
    if any(lot.held != held[lot.id] for lot in account.lots.values()):
        raise Torn("a lot of the ledger")
    return account


def read_lots(rows: Iterable[list[Any]]) -> dict[str, Lot]:
    """Lots by id; where there is none, `collect` has one row of nulls."""
    return {row[0]: read_lot(row) for row in rows if row[0] is not None}
