"""Accounts of the ledger: locked and read for an operation.

An account is locked by writing it, in the order of the keys. That is enough for everything that the ledger does:
whose records the accounts are is read in the same statement, and a merge or an unmerge writes no account.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from neo4j import Record

from graph.database import Transaction
from graph.ledger_rows import ACCOUNT_COLUMNS, LOT_COLUMNS, lot_key, read_account, read_lot, read_operation
from graph.open_lots import FEW, check_held, check_whole, is_due, read_lots, show_lots
from graph.statement import Statement
from hub.core.ledger import Account, Lot, Operation

_ALL: Final = 2**31 - 1

NEW_ACCOUNT: Final = (
    "a.entries = 0, a.at_ms = 0, a.debt = 0, a.due_ms = $never_ms, a.free = '[]', a.holds = '{}', a.revision = 0"
)
"""What a statement sets on an account `a` that it creates, besides its programme and its asset."""

_FEW_LOTS: Final = (
    """
    CALL (a) {
        OPTIONAL MATCH (a)-[:OPEN]->(l:Lot)
        WITH l LIMIT $most
        RETURN collect("""
    + LOT_COLUMNS
    + """) AS lots
    }
    """
)
_OPEN_PERSON: Final = Statement(
    "accounts.open_person",
    "write",
    """
    MATCH (:Record {birth_id: $person})-[:OF]->(p:Person)
    CALL (p) {
        MATCH (p)<-[:OF]-(:Record)-[:HOLDS]->(a:Account)
        WHERE a.programme = $programme AND a.asset = $asset
        WITH a ORDER BY a.key
        SET a.revision = a.revision + 1
        WITH a
    """
    + _FEW_LOTS
    + """
        RETURN collect(["""
    + ACCOUNT_COLUMNS
    + """, lots]) AS accounts
    }
    CALL () {
        UNWIND $keys AS key
        MATCH (o:Operation {key: key})
        RETURN collect(properties(o)) AS done
    }
    RETURN p.id AS person, accounts, done
    """,
)
_OPEN_RECORD: Final = Statement(
    "accounts.open_record",
    "write",
    """
    MATCH (r:Record {key: $record})-[:OF]->(p:Person)
    MERGE (a:Account {key: $programme + '|' + $asset + '|' + r.birth_id})
    ON CREATE SET a.programme = $programme, a.asset = $asset, """
    + NEW_ACCOUNT
    + """
    ON MATCH SET a.revision = a.revision + 1
    MERGE (r)-[:HOLDS]->(a)
    WITH p, a
    CALL (a) {
        OPTIONAL MATCH (a)-[:OPEN]->(l:Lot)
        WHERE a.due_ms <= $at_ms OR a.due_ms <= a.at_ms OR $whole
        RETURN collect("""
    + LOT_COLUMNS
    + """) AS lots
    }
    OPTIONAL MATCH (done:Operation {key: $key})
    RETURN p.id AS person, [["""
    + ACCOUNT_COLUMNS
    + """, lots]] AS accounts,
           CASE WHEN done IS NULL THEN [] ELSE [properties(done)] END AS done
    """,
)
_OPEN_ACCOUNTS: Final = Statement(
    "accounts.open_accounts",
    "write",
    """
    UNWIND $accounts AS key
    MATCH (a:Account {key: key})
    SET a.revision = a.revision + 1
    WITH a
    """
    + _FEW_LOTS
    + """
    RETURN """
    + ACCOUNT_COLUMNS
    + """ AS account, lots
    """,
)
# How much of the original is used is read last, so that it is never older than the lots: under optimistic concurrency
# another writer may commit between any two reads.
_FETCH_LOTS: Final = Statement(
    "accounts.fetch_lots",
    "read",
    """
    CALL () {
        UNWIND $keys AS key
        MATCH (l:Lot {key: key})
        RETURN collect([key, """
    + LOT_COLUMNS
    + """]) AS lots
    }
    WITH lots
    MATCH (o:Operation {key: $operation})
    OPTIONAL MATCH (done:Operation {key: $key})
    RETURN lots, o.used AS used, properties(done) AS done
    """,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """Locked accounts of one person, and what was done before for callers' keys, by these."""

    person: str
    accounts: tuple[Account, ...]
    done: Mapping[str, Operation]


@dataclass(frozen=True, slots=True)
class Original:
    """An earlier operation with the accounts of its lots, locked, and what was done for the caller's key."""

    operation: Operation
    accounts: tuple[Account, ...]
    done: Operation | None


async def open_person(
    tx: Transaction, person: str, *, programme: str, asset: str, at_ms: int, amounts: Mapping[str, int]
) -> Opened | None:
    """Lock a person's accounts of an asset, to take amounts of them; None where the id has no living person.

    `person` is any id that the hub gave out; `amounts` are by the operations' keys. Lots are shown for those that were
    not done before.
    """
    rows = await tx.run(
        _OPEN_PERSON, person=person, programme=programme, asset=asset, keys=sorted(amounts), most=FEW + 1
    )
    if not rows:
        return None
    opened = _read_opened(rows[0])
    new = [amount for key, amount in amounts.items() if key not in opened.done]
    shown = await show_lots(tx, opened.accounts, at_ms, amount=sum(new)) if new else ()
    return replace(opened, accounts=tuple(shown))


async def open_record(
    tx: Transaction,
    record: str,
    *,
    programme: str,
    asset: str,
    key: str,
    at_ms: int,
    never_ms: int,
    whole: bool = False,
) -> Opened | None:
    """Lock the account of a record, by its key, and create it where there is none; None where there is no such record.

    Its lots are read where something is due, or the `whole` account is asked for.
    """
    rows = await tx.run(
        _OPEN_RECORD,
        record=record,
        programme=programme,
        asset=asset,
        key=key,
        at_ms=at_ms,
        never_ms=never_ms,
        whole=whole,
    )
    if not rows:
        return None
    opened = _read_opened(rows[0])
    for account in opened.accounts:
        if whole or is_due(account, at_ms):
            check_whole(account)
    return opened


async def open_accounts(tx: Transaction, keys: Collection[str]) -> list[Account]:
    """Lock accounts and read them with all open lots."""
    return [check_whole(account) for account in await _open_few(tx, keys, most=_ALL)]


async def open_original(tx: Transaction, original: Operation, *, key: str, at_ms: int, whole: bool = False) -> Original:
    """Lock the accounts that an operation took from or gave to, and read them with its lots, whatever is left of these.

    Other lots may be missing, unless the `whole` accounts are asked for. How much of the original is used is read
    anew: who uses more of it locks the same accounts.
    """
    keys = {part.account for part in original.slices}
    accounts = await open_accounts(tx, keys) if whole else await show_lots(tx, await _open_few(tx, keys), at_ms)
    named = {lot_key(part.account, part.lot): part.account for part in original.slices}
    [row] = await tx.run(_FETCH_LOTS, keys=sorted(named), operation=original.key, key=key)
    extra: dict[str, dict[str, Lot]] = {account.key: {} for account in accounts}
    for key, fields in row["lots"]:
        lot = read_lot(fields)
        extra[named[key]][lot.id] = lot
    shown = [check_held(replace(account, lots={**extra[account.key], **account.lots})) for account in accounts]
    done = read_operation(row["done"]) if row["done"] else None
    return Original(replace(original, used=row["used"]), tuple(shown), done)


async def _open_few(tx: Transaction, keys: Collection[str], *, most: int = FEW + 1) -> list[Account]:
    if not keys:
        return []
    rows = await tx.run(_OPEN_ACCOUNTS, accounts=sorted(keys), most=most)
    return [read_account(row["account"], read_lots(row["lots"])) for row in rows]


def _read_opened(row: Record) -> Opened:
    accounts = tuple(read_account(account, read_lots(lots)) for account, lots in row["accounts"])
    done = [read_operation(one) for one in row["done"]]
    return Opened(row["person"], accounts, {one.key: one for one in done})
