"""What operations made of accounts, written at once: sums, lots, entries, and the operations themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from graph import earned_days
from graph.changes import MARK, Mark, mark_rows
from graph.database import Transaction
from graph.ledger_rows import account_row, entry_row, lot_key, lot_row, operation_row
from graph.statement import Statement
from hub.core.ledger import Account, AccountKey, Entry, Operation

_EARN: Final = """
    CALL () {
        UNWIND $earned AS row
        MATCH (a:Account {key: row[0]})
        MERGE (d:EarnedDay {key: row[1]})
        ON CREATE SET d.at_ms = row[2], d.amounts = row[3]
        ON MATCH SET d.at_ms = d.at_ms + row[2], d.amounts = d.amounts + row[3]
        MERGE (a)-[:EARNED]->(d)
        RETURN count(*) AS earned
    }
"""
NEW_ENTRY: Final = (
    "(e:Entry {key: row[0], at_ms: row[1], kind: row[2], amount: row[3], operation: row[4], body: row[5]})"
)
"""An entry of what `entry_row` gives."""

_APPEND: Final = (
    """
    CALL () {
        UNWIND $entries AS row
        CREATE """
    + NEW_ENTRY
    + """
        RETURN count(*) AS entries
    }
    CALL () {
        UNWIND $operations AS row
        CREATE (o:Operation)
        SET o = row
        RETURN count(*) AS operations
    }
"""
)
NEW_LOT: Final = """(l:Lot {key: row[1], id: row[2], earned_ms: row[3], pending_ms: row[4], expires_ms: row[5],
                       amount: row[6], left: row[7], held: row[8], spent: row[9], expired: row[10], taken: row[11],
                       reversed: row[12], origin: row[13], lapsed: row[14], forgiven: row[15], place: row[16]})"""
"""A lot of a `row` that has its account's key, and then what `lot_row` gives."""

_WRITE: Final = Statement(
    "postings.write",
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
        CREATE """
    + NEW_LOT
    + """
        WITH a, l WHERE l.left > 0
        CREATE (a)-[:OPEN]->(l)
        RETURN count(*) AS opened
    }
    CALL () {
        UNWIND $changed AS row
        MATCH (l:Lot {key: row[1]})
        SET l.pending_ms = row[4], l.expires_ms = row[5], l.left = row[7], l.held = row[8], l.spent = row[9],
            l.expired = row[10], l.taken = row[11], l.reversed = row[12], l.lapsed = row[14], l.forgiven = row[15],
            l.place = row[16]
        RETURN count(*) AS changed
    }
    CALL () {
        UNWIND $closed AS key
        MATCH (:Lot {key: key})<-[o:OPEN]-(:Account)
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
    """
    + _EARN
    + _APPEND
    + """
    CALL () {
        UNWIND $used AS row
        MATCH (o:Operation {key: row[0]})
        SET o.used = o.used + row[1]
        RETURN count(*) AS used
    }
    """
    + MARK
    + """
    RETURN entries
    """,
)


# What spending mostly comes to: lots stay open and keep their times, so that nothing which an index has is set.
_MOVE: Final = Statement(
    "postings.move",
    "write",
    """
    CALL () {
        UNWIND $accounts AS row
        MATCH (a:Account {key: row[0]})
        SET a.entries = row[1], a.at_ms = row[2], a.debt = row[3], a.free = row[5], a.holds = row[6]
        RETURN count(*) AS accounts
    }
    CALL () {
        UNWIND $changed AS row
        MATCH (l:Lot {key: row[1]})
        SET l.left = row[7], l.held = row[8], l.spent = row[9], l.expired = row[10], l.taken = row[11],
            l.reversed = row[12], l.lapsed = row[14], l.forgiven = row[15]
        RETURN count(*) AS changed
    }
    """
    + _APPEND
    + MARK
    + """
    RETURN entries
    """,
)


class Posting(NamedTuple):
    """An operation with the entries that belong to it, and how much of its original it refunds or captures.

    `operation` is None for what nobody asked for, such as an expiry. `earned`: what it takes back was earned, so that
    it counts no more towards a tier.
    """

    operation: Operation | None
    entries: Collection[Entry]
    uses: int = 0
    earned: bool = True


async def write_accounts(
    tx: Transaction, before: Mapping[str, Account], after: Mapping[str, Account], postings: Iterable[Posting]
) -> None:
    """Write what operations made of accounts, with their entries: one statement, however many they are.

    It also marks whose balance that changes.
    """
    listed = list(postings)
    touched = {key: account for key, account in after.items() if account != before[key]}
    common = {
        "accounts": [account_row(touched[key]) for key in sorted(touched)],
        "entries": [
            entry_row(entry, one.operation.key if one.operation else None) for one in listed for entry in one.entries
        ],
        "operations": [operation_row(one.operation) for one in listed if one.operation],
        "marks": mark_rows(map(_mark, touched)),
    }
    changed, others = _sort_lots(before, touched)
    others["used"] = [[one.operation.original, one.uses] for one in listed if one.operation and one.uses]
    others["earned"] = earned_days.list_rows(after, (entry for one in listed if one.earned for entry in one.entries))
    if any(others.values()) or any(_is_moved(before[key], account) for key, account in touched.items()):
        await tx.run(_WRITE, changed=changed, **common, **others)
    else:
        await tx.run(_MOVE, changed=changed, **common)


def _mark(account: str) -> Mark:
    key = AccountKey.parse(account)
    return Mark("balance", key.birth_id, key.programme)


def _is_moved(before: Account, after: Account) -> bool:
    """Whether an index has to find an account, or a lot that it had before, in another place."""
    return after.due_ms != before.due_ms or any(
        lot.expires_ms != known.expires_ms or lot.pending_ms != known.pending_ms
        for lot in after.lots.values()
        if (known := before.lots.get(lot.id)) is not None
    )


def _sort_lots(
    before: Mapping[str, Account], after: Mapping[str, Account]
) -> tuple[list[list[Any]], dict[str, list[Any]]]:
    """The rows of lots that changed, and of those that were opened, closed and reopened."""
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
    return changed, {"opened": opened, "closed": closed, "reopened": reopened}
