"""Accounts of the ledger: locked and read for an operation, written after it, read for a balance.

An account is locked by writing it, in the order of the keys. That is enough for everything that the ledger does:
whose records the accounts are is read in the same statement, and a merge or an unmerge writes no account.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from graph.database import Transaction
from graph.failures import Torn
from graph.ledger_rows import (
    ACCOUNT_COLUMNS,
    LOT_COLUMNS,
    account_row,
    entry_row,
    lot_key,
    lot_row,
    operation_row,
    read_account,
    read_lot,
    read_operation,
)
from graph.statement import Statement
from hub.core.ledger import Account, Entry, Lot, Operation

NEW_ACCOUNT: Final = (
    "a.entries = 0, a.at_ms = 0, a.debt = 0, a.due_ms = $never_ms, a.free = '[]', a.holds = '{}', a.revision = 0"
)
"""What a statement sets on an account `a` that it creates, besides its programme and its asset."""

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
        OPTIONAL MATCH (a)-[:OPEN]->(l:Lot)
        WITH a, collect("""
    + LOT_COLUMNS
    + """) AS lots
        RETURN collect(["""
    + ACCOUNT_COLUMNS
    + """, lots]) AS accounts
    }
    OPTIONAL MATCH (done:Operation {key: $key})
    RETURN p.id AS person, accounts, properties(done) AS done
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
        WHERE a.due_ms <= $at_ms OR a.debt > 0 OR $whole
        RETURN collect("""
    + LOT_COLUMNS
    + """) AS lots
    }
    OPTIONAL MATCH (done:Operation {key: $key})
    RETURN p.id AS person, [["""
    + ACCOUNT_COLUMNS
    + """, lots]] AS accounts,
           properties(done) AS done
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
    OPTIONAL MATCH (a)-[:OPEN]->(l:Lot)
    WITH a, collect("""
    + LOT_COLUMNS
    + """) AS lots
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
_WRITE: Final = Statement(
    "accounts.write",
    "write",
    """
    CALL () {
        UNWIND $accounts AS row
        MATCH (a:Account {key: row[0]})
        SET a.entries = row[1], a.at_ms = row[2], a.debt = row[3], a.due_ms = row[4], a.free = row[5], a.holds = row[6]
        RETURN count(*) AS accounts
    }
    CALL () {
        UNWIND $opened AS row
        MATCH (a:Account {key: row[0]})
        CREATE (l:Lot {key: row[1], id: row[2], earned_ms: row[3], pending_ms: row[4], expires_ms: row[5],
                       amount: row[6], left: row[7], held: row[8], spent: row[9], expired: row[10], taken: row[11],
                       reversed: row[12], origin: row[13]})
        WITH a, l WHERE l.left > 0
        CREATE (a)-[:OPEN]->(l)
        RETURN count(*) AS opened
    }
    CALL () {
        UNWIND $changed AS row
        MATCH (l:Lot {key: row[1]})
        SET l.pending_ms = row[4], l.expires_ms = row[5], l.left = row[7], l.held = row[8], l.spent = row[9],
            l.expired = row[10], l.taken = row[11], l.reversed = row[12]
        RETURN count(*) AS changed
    }
    CALL () {
        UNWIND $closed AS key
        MATCH (:Account)-[o:OPEN]->(:Lot {key: key})
        DELETE o
        RETURN count(*) AS closed
    }
    CALL () {
        UNWIND $reopened AS row
        MATCH (a:Account {key: row[0]})
        MATCH (l:Lot {key: row[1]})
        CREATE (a)-[:OPEN]->(l)
        RETURN count(*) AS reopened
    }
    CALL () {
        UNWIND $entries AS row
        CREATE (e:Entry {key: row[0], at_ms: row[1], kind: row[2], amount: row[3], operation: row[4], body: row[5]})
        RETURN count(*) AS entries
    }
    CALL () {
        UNWIND $operations AS row
        CREATE (o:Operation)
        SET o = row
        RETURN count(*) AS operations
    }
    CALL () {
        UNWIND $used AS row
        MATCH (o:Operation {key: row[0]})
        SET o.used = o.used + row[1]
        RETURN count(*) AS used
    }
    RETURN entries
    """,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """Locked accounts of one person, and what was done before for the caller's key."""

    person: str
    accounts: tuple[Account, ...]
    done: Operation | None


@dataclass(frozen=True, slots=True)
class Original:
    """An earlier operation with the accounts of its lots, locked, and what was done for the caller's key."""

    operation: Operation
    accounts: tuple[Account, ...]
    done: Operation | None


async def open_person(tx: Transaction, person: str, *, programme: str, asset: str, key: str) -> Opened | None:
    """Lock a person's accounts of an asset and read them with all open lots; None where the id has no living person.

    `person` is any id that the hub gave out, `key` the operation's.
    """
    rows = await tx.run(_OPEN_PERSON, person=person, programme=programme, asset=asset, key=key)
    return _read_opened(rows[0].data()) if rows else None


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

    Its lots are read where something is due or owed, or the `whole` account is asked for.
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
    return _read_opened(rows[0].data(), whole=whole, at_ms=at_ms) if rows else None


async def open_accounts(tx: Transaction, keys: Collection[str]) -> list[Account]:
    """Lock accounts and read them with their open lots."""
    if not keys:
        return []
    rows = await tx.run(_OPEN_ACCOUNTS, accounts=sorted(keys))
    return [check_whole(read_account(row["account"], read_lots(row["lots"]))) for row in rows]


async def open_original(tx: Transaction, original: Operation, *, key: str) -> Original:
    """Lock the accounts that an operation took from or gave to, and read them with its lots, whatever is left of these.

    How much of it is used is read anew: who uses more of it locks the same accounts.
    """
    accounts = await open_accounts(tx, {part.account for part in original.slices})
    named = {lot_key(part.account, part.lot): part.account for part in original.slices}
    [row] = await tx.run(_FETCH_LOTS, keys=sorted(named), operation=original.key, key=key)
    extra: dict[str, dict[str, Lot]] = {account.key: {} for account in accounts}
    for key, fields in row["lots"]:
        lot = read_lot(fields)
        extra[named[key]][lot.id] = lot
    whole = [replace(account, lots={**extra[account.key], **account.lots}) for account in accounts]
    if any(lot.left and lot.id not in account.lots for account in accounts for lot in extra[account.key].values()):
        raise Torn("a lot of the ledger")
    done = read_operation(row["done"]) if row["done"] else None
    return Original(replace(original, used=row["used"]), tuple(whole), done)


class Posting(NamedTuple):
    """An operation with the entries that belong to it, and how much of its original it refunds or captures.

    `operation` is None for what nobody asked for, such as an expiry.
    """

    operation: Operation | None
    entries: Collection[Entry]
    uses: int = 0


async def write_accounts(
    tx: Transaction, before: Mapping[str, Account], after: Mapping[str, Account], postings: Iterable[Posting]
) -> None:
    """Write what operations made of accounts, with their entries: one statement, however many they are."""
    listed = list(postings)
    touched = [key for key, account in after.items() if account != before[key]]
    changes = _sort_lots(before, {key: after[key] for key in touched})
    await tx.run(
        _WRITE,
        accounts=[account_row(after[key]) for key in sorted(touched)],
        entries=[
            entry_row(entry, operation.key if operation else None)
            for operation, entries, _ in listed
            for entry in entries
        ],
        operations=[operation_row(operation) for operation, _, _ in listed if operation],
        used=[[operation.original, uses] for operation, _, uses in listed if operation and uses],
        **changes,
    )


def _sort_lots(before: Mapping[str, Account], after: Mapping[str, Account]) -> dict[str, list[Any]]:
    opened: list[Any] = []
    changed: list[Any] = []
    closed: list[str] = []
    reopened: list[list[str]] = []
    for key, account in sorted(after.items()):
        for lot in account.lots.values():
            known = before[key].lots.get(lot.id)
            if known is None:
                opened.append([key, *lot_row(key, lot)])
            elif known != lot:
                changed.append([key, *lot_row(key, lot)])
                if known.left and not lot.left:
                    closed.append(lot_key(key, lot.id))
                elif lot.left and not known.left:
                    reopened.append([key, lot_key(key, lot.id)])
    return {"opened": opened, "changed": changed, "closed": closed, "reopened": reopened}


def _read_opened(row: Mapping[str, Any], *, whole: bool = True, at_ms: int = 0) -> Opened:
    accounts = tuple(read_account(account, read_lots(lots)) for account, lots in row["accounts"])
    for account in accounts:
        if whole or account.debt or account.due_ms <= at_ms:
            check_whole(account)
    return Opened(row["person"], accounts, read_operation(row["done"]) if row["done"] else None)


def check_whole(account: Account) -> Account:
    """The account, if its open lots are those that its sums are of; else a transient error is raised."""
    lots = account.lots.values()
    if sum(lot.free for lot in lots) != sum(account.free.values()) or sum(lot.held for lot in lots) != account.held:
        raise Torn("an account of the ledger")
    return account


def read_lots(rows: Iterable[list[Any]]) -> dict[str, Lot]:
    """Lots by id from what a statement has collected."""
    # Where there is no lot, `collect` has one row of nulls.
    return {row[0]: read_lot(row) for row in rows if row[0] is not None}
