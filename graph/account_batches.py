"""Many accounts at once, locked and read with few statements for a batch of operations on many people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from graph.accounts import NEW_ACCOUNT, open_accounts
from graph.database import Transaction
from graph.failures import vanished
from graph.ledger_rows import ACCOUNT_COLUMNS, LOT_COLUMNS, lot_key, read_account, read_lot
from graph.open_lots import check_whole, is_due, read_lots
from graph.statement import Statement
from hub.core.ledger import Account, Lot

_OPEN_RECORDS: Final = Statement(
    "accounts.open_records",
    "write",
    """
    UNWIND $rows AS row
    MATCH (r:Record {key: row[1]})
    MERGE (a:Account {key: row[0]})
    ON CREATE SET a.programme = $programme, a.asset = $asset, """
    + NEW_ACCOUNT
    + """
    ON MATCH SET a.revision = a.revision + 1
    MERGE (r)-[:HOLDS]->(a)
    WITH a, row
    CALL (a, row) {
        OPTIONAL MATCH (a)-[:OPEN]->(l:Lot)
        WHERE a.due_ms <= $at_ms OR a.due_ms <= a.at_ms OR row[2]
        RETURN collect("""
    + LOT_COLUMNS
    + """) AS lots
    }
    RETURN """
    + ACCOUNT_COLUMNS
    + """ AS account, lots
    """,
)
_FETCH_NAMED: Final = Statement(
    "accounts.fetch_named",
    "read",
    "UNWIND $keys AS key MATCH (l:Lot {key: key}) RETURN key, " + LOT_COLUMNS + " AS lot",
)


class Asked(NamedTuple):
    """An account to be opened with others.

    `record` (a key) is whose it is and gets it if it has none; None where the account is there, and may be nobody's.
    `whole`: all of its open lots are needed. `lots`: further ones by id.
    """

    key: str
    record: str | None
    whole: bool = False
    lots: tuple[str, ...] = ()


async def open_many(
    tx: Transaction, asked: Collection[Asked], *, programme: str, asset: str, at_ms: int, never_ms: int
) -> list[Account]:
    """Lock accounts of an asset, in the order of their keys, and read them with the lots that are asked for.

    All open lots are read of those on which something is due, too. Records that are gone raise a transient
    error: the transaction is to begin anew.
    """
    rows = [[one.key, one.record, one.whole] for one in sorted(asked) if one.record is not None]
    opened = await open_accounts(tx, [one.key for one in asked if one.record is None])
    if rows:
        found = await tx.run(_OPEN_RECORDS, rows=rows, programme=programme, asset=asset, at_ms=at_ms, never_ms=never_ms)
        whole = {one.key for one in asked if one.whole}
        read = [read_account(row["account"], read_lots(row["lots"])) for row in found]
        opened += [check_whole(one) if one.key in whole or is_due(one, at_ms) else one for one in read]
    if len(opened) != len(asked):
        raise vanished()
    return await _add_lots(tx, opened, {lot_key(one.key, lot): one.key for one in asked for lot in one.lots})


async def _add_lots(tx: Transaction, opened: list[Account], named: Mapping[str, str]) -> list[Account]:
    """The accounts with these lots, whatever is left of them; `named` maps a lot's key to its account's."""
    if not named:
        return opened
    extra: dict[str, dict[str, Lot]] = {account.key: {} for account in opened}
    for key, fields in await tx.run(_FETCH_NAMED, keys=sorted(named)):
        lot = read_lot(fields)
        extra[named[key]][lot.id] = lot
    return [replace(account, lots={**extra[account.key], **account.lots}) for account in opened]
