"""What systems state that their records hold, beside the accounts that were brought to it.

The last statement is kept on the account (`stated`, `stated_ms`), and the lots that statements opened (`stated_lots`).
They are no part of the ledger, which is what the entries say, but tell what the next one has to add or to take away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

import orjson

from graph.accounts import NEW_ACCOUNT
from graph.database import Transaction
from graph.ledger_rows import ACCOUNT_COLUMNS, LOT_COLUMNS, lot_key, read_account, read_lot
from graph.open_lots import check_whole, read_lots
from graph.statement import Statement
from hub.core.ledger import FOREVER_MS, Account, Lot

_FETCH: Final = Statement(
    "openings.fetch",
    "read",
    """
    UNWIND $rows AS row
    MATCH (r:Record {key: row[0]})
    OPTIONAL MATCH (a:Account {key: $programme + '|' + row[1] + '|' + r.birth_id})
    RETURN row[0], row[1], $programme + '|' + row[1] + '|' + r.birth_id, a.key IS NOT NULL, a.stated, a.stated_ms
    """,
)
_LOCK: Final = Statement(
    "openings.lock",
    "write",
    """
    UNWIND $rows AS row
    MATCH (r:Record {key: row[0]})-[:OF]->(p:Person)
    MERGE (a:Account {key: row[2]})
    ON CREATE SET a.programme = $programme, a.asset = row[1], """
    + NEW_ACCOUNT
    + """
    ON MATCH SET a.revision = a.revision + 1
    MERGE (r)-[:HOLDS]->(a)
    WITH row, p, a
    CALL (a) {
        OPTIONAL MATCH (a)-[:OPEN]->(l:Lot)
        RETURN collect("""
    + LOT_COLUMNS
    + """) AS lots
    }
    RETURN row[0], row[1], p.id, a.stated, a.stated_ms, a.stated_lots, """
    + ACCOUNT_COLUMNS
    + """, lots
    """,
)
_NOTE: Final = Statement(
    "openings.note",
    "write",
    """
    UNWIND $rows AS row
    MATCH (a:Account {key: row[0]})
    SET a.stated = row[1], a.stated_ms = row[2], a.stated_lots = row[3]
    """,
)
_FETCH_LOTS: Final = Statement(
    "openings.fetch_lots",
    "read",
    "UNWIND $rows AS row MATCH (l:Lot {key: row[1]}) RETURN row[0] AS account, " + LOT_COLUMNS + " AS lot",
)


class Said(NamedTuple):
    """What was stated last of a record's account, with its key; None and 0 where nothing was."""

    record: str
    asset: str
    account: str
    exists: bool
    amount: int | None
    at_ms: int


class LockedAccount(NamedTuple):
    """A record's account with its open lots, whose it is, what was stated of it last, and the lots that this opened."""

    record: str
    asset: str
    person: str
    amount: int | None
    at_ms: int
    lots: tuple[str, ...]
    account: Account


async def fetch_said(tx: Transaction, programme: str, wanted: Iterable[tuple[str, str]]) -> list[Said]:
    """What was stated last, by (record, asset); records that are not there are left out."""
    rows = await tx.run(_FETCH, programme=programme, rows=[list(one) for one in wanted])
    return [Said(record, asset, key, exists, amount, at_ms or 0) for record, asset, key, exists, amount, at_ms in rows]


async def lock_accounts(tx: Transaction, programme: str, wanted: Iterable[Said]) -> list[LockedAccount]:
    """Lock accounts in the order of their keys, creating those that are not there."""
    rows = sorted(([one.record, one.asset, one.account] for one in wanted), key=lambda row: row[2])
    locked: list[LockedAccount] = []
    for record, asset, person, amount, at_ms, stated_lots, columns, lots in await tx.run(
        _LOCK, programme=programme, rows=rows, never_ms=FOREVER_MS
    ):
        account = check_whole(read_account(columns, read_lots(lots)))
        stated = tuple(orjson.loads(stated_lots or "[]"))
        locked.append(LockedAccount(record, asset, person, amount, at_ms or 0, stated, account))
    return locked


async def show_stated_lots(tx: Transaction, locked: Iterable[LockedAccount]) -> list[LockedAccount]:
    """Accounts with the lots that statements opened, whatever is left of these; asks only where there are any."""
    accounts = {one.account.key: one for one in locked}
    rows = [[key, lot_key(key, lot)] for key, one in accounts.items() for lot in one.lots]
    closed: dict[str, dict[str, Lot]] = {key: {} for key in accounts}
    for key, fields in await tx.run(_FETCH_LOTS, rows=rows) if rows else ():
        lot = read_lot(fields)
        closed[key][lot.id] = lot
    return [
        one._replace(account=replace(one.account, lots={**closed[key], **one.account.lots}))
        for key, one in accounts.items()
    ]


async def note_said(tx: Transaction, said: Iterable[tuple[str, int, int, Iterable[str]]]) -> None:
    """Keep what was stated of accounts: key, amount, when, the lots that statements opened."""
    rows = [[key, amount, at_ms, orjson.dumps(list(lots)).decode()] for key, amount, at_ms, lots in said]
    await tx.run(_NOTE, rows=rows)
