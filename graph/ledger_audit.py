"""The ledger read from one end to the other, in the order of the keys: accounts, their entries, their lots.

Every list is paged by a range of keys and ordered as the others are, so that they can be read side by side in bounded
memory. An account's entries and lots begin with its key and a bar.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection
from typing import Any, Final, LiteralString, NamedTuple

from neo4j import Record

from graph.database import Graph, Transaction
from graph.earned_days import add_up
from graph.ledger_rows import ACCOUNT_COLUMNS, LOT_COLUMNS, lot_place, read_account, read_entry, read_lot
from graph.statement import Statement
from graph.text_ranges import reach
from hub.core.errors import InvariantBroken
from hub.core.ledger import Account, Entry

_PAGE: Final = 2000

UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, InvariantBroken)
"""What it is to read something that was changed by hand."""


def bound_of(label: LiteralString) -> Statement:
    """Finds the key at which the next page of a label's nodes ends."""
    return Statement(
        "ledger_audit.bound_" + label,
        "read",
        "MATCH (n:" + label + ") WHERE n.key > $after WITH n.key AS key LIMIT $limit RETURN max(key) AS bound",
    )


_EARNED: Final = "[(a)-[:EARNED]->(d:EarnedDay) | [d.at_ms, d.amounts]] AS earned"
_COUNT_ACCOUNTS: Final = Statement(
    "ledger_audit.count_accounts", "read", "MATCH (a:Account) RETURN count(a) AS accounts"
)
_BOUND_ACCOUNTS: Final = bound_of("Account")
_FETCH_ACCOUNTS: Final = Statement(
    "ledger_audit.fetch_accounts",
    "read",
    """
    MATCH (a:Account) WHERE a.key > $after AND a.key <= $bound
    RETURN a.key AS key, """
    + ACCOUNT_COLUMNS
    + """ AS account, EXISTS { (a)<-[:HOLDS]-(:Record) } AS held, """
    + _EARNED
    + """
    ORDER BY key
    """,
)
_FIND_LIVING: Final = Statement(
    "ledger_audit.find_living",
    "read",
    "UNWIND $births AS id MATCH (r:Record {birth_id: id}) WHERE r.erased_ms IS NULL RETURN r.birth_id AS birth",
)
_BOUND_ENTRIES: Final = bound_of("Entry")
_FETCH_ENTRIES: Final = Statement(
    "ledger_audit.fetch_entries",
    "read",
    """
    MATCH (e:Entry) WHERE e.key > $after AND e.key <= $bound
    RETURN e.key AS key, [e.key, e.at_ms, e.kind, e.body] AS entry, e.amount AS amount, e.operation AS operation
    ORDER BY key
    """,
)
_BOUND_LOTS: Final = bound_of("Lot")
_FETCH_LOTS: Final = Statement(
    "ledger_audit.fetch_lots",
    "read",
    """
    MATCH (l:Lot) WHERE l.key > $after AND l.key <= $bound
    RETURN l.key AS key, """
    + LOT_COLUMNS
    + """ AS lot, EXISTS { (l)<-[:OPEN]-(:Account) } AS linked, l.place AS place
    ORDER BY key
    """,
)
_LOCK_ACCOUNT: Final = Statement(
    "ledger_audit.lock_account",
    "write",
    """
    MATCH (a:Account {key: $key})
    SET a.revision = a.revision + 1
    WITH a
    RETURN a.key AS key, """
    + ACCOUNT_COLUMNS
    + """ AS account, EXISTS { (a)<-[:HOLDS]-(:Record) } AS held, """
    + _EARNED,
)


class StoredAccount(NamedTuple):
    """An account's sums, None where they cannot be read; whether a record holds it; what it earned by its days."""

    key: str
    account: Account | None
    held: bool
    earned: Counter[int]


class StoredEntry(NamedTuple):
    """An entry with its amount as it is stored beside it, and its operation; None where it cannot be read."""

    account: str
    entry: Entry | None
    amount: int
    operation: str | None


class StoredLot(NamedTuple):
    """A lot of an account, field by field as it is stored, and whether the account finds it when something is spent."""

    account: str
    fields: tuple[Any, ...]
    open: bool


class Books(NamedTuple):
    """All that is stored of one account."""

    account: StoredAccount
    entries: list[StoredEntry]
    lots: list[StoredLot]


async def count_accounts(graph: Graph) -> int:
    """How many accounts there are."""
    [row] = await graph.read(_COUNT_ACCOUNTS)
    return int(row["accounts"])


async def stream_accounts(graph: Graph) -> AsyncIterator[StoredAccount]:
    """All accounts, by key, without lots."""
    async for row in stream(graph, _BOUND_ACCOUNTS, _FETCH_ACCOUNTS):
        yield _read_account(row)


async def stream_entries(graph: Graph) -> AsyncIterator[StoredEntry]:
    """All entries, by account and number."""
    async for row in stream(graph, _BOUND_ENTRIES, _FETCH_ENTRIES):
        yield _read_entry(row)


async def stream_lots(graph: Graph) -> AsyncIterator[StoredLot]:
    """All lots, by account and id, those with nothing left included."""
    async for row in stream(graph, _BOUND_LOTS, _FETCH_LOTS):
        yield _read_lot(row)


async def find_living(graph: Graph, births: Collection[str]) -> set[str]:
    """Which of these birth ids have a record that is not erased."""
    return {row["birth"] for row in await graph.read(_FIND_LIVING, births=sorted(births))}


async def lock_books(tx: Transaction, key: str) -> Books | None:
    """All that is stored of an account, which nobody changes meanwhile."""
    rows = await tx.run(_LOCK_ACCOUNT, key=key)
    if not rows:
        return None
    # Nothing has the bound itself for a key: it is what comes after the account's key and a bar.
    after, bound = f"{key}|", f"{key}}}"
    entries = await tx.run(_FETCH_ENTRIES, after=after, bound=bound)
    lots = await tx.run(_FETCH_LOTS, after=after, bound=bound)
    return Books(_read_account(rows[0]), [_read_entry(row) for row in entries], [_read_lot(row) for row in lots])


async def stream(graph: Graph, bound: Statement, fetch: Statement) -> AsyncIterator[Record]:
    """The rows of a list, page by page: `bound` finds the last key of one, `fetch` reads it in order.

    Where keys hold what others wrote, `fetch` keeps to `limit`: see `reach`.
    """
    after = ""
    while True:
        [row] = await graph.read(bound, after=after, limit=_PAGE)
        if row["bound"] is None:
            return
        end = reach(after, row["bound"])
        rows = await graph.read(fetch, after=after, bound=end, limit=_PAGE)
        for found in rows:
            yield found
        after = end if len(rows) < _PAGE else rows[-1]["key"]


def _read_account(row: Record) -> StoredAccount:
    earned = Counter[int]()
    try:
        for day in row["earned"]:
            add_up(earned, *day)
        return StoredAccount(row["key"], read_account(row["account"]), row["held"], earned)
    except UNREADABLE:
        return StoredAccount(row["key"], None, row["held"], earned)


def _read_entry(row: Record) -> StoredEntry:
    account = row["key"].rpartition("|")[0]
    try:
        return StoredEntry(account, read_entry(*row["entry"]), row["amount"], row["operation"])
    except UNREADABLE:
        return StoredEntry(account, None, row["amount"], row["operation"])


def _read_lot(row: Record) -> StoredLot:
    account, fields = row["key"].rpartition("|")[0], tuple(row["lot"])
    return StoredLot(account, fields, _is_found(account, fields, linked=row["linked"], place=row["place"]))


def _is_found(account: str, fields: tuple[Any, ...], *, linked: bool, place: str | None) -> bool:
    """Whether both ways to an open lot lead to this one; to a closed one, whether any does."""
    try:
        expected = lot_place(account, read_lot(fields))
    except UNREADABLE:
        return linked
    return linked or place is not None if expected is None else linked and place == expected
