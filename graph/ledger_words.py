"""What people wrote beside the entries of an account: found for an erasure, and replaced."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from graph.database import Transaction
from graph.ledger_rows import entry_key, entry_row, lot_key, read_entry
from graph.statement import Statement
from hub.core.ledger import Account, Entry

_PAGE: Final = 1000

_FETCH: Final = Statement(
    "ledger_words.fetch",
    "read",
    "UNWIND $keys AS key MATCH (e:Entry {key: key}) RETURN e.operation, e.key, e.at_ms, e.kind, e.body",
)
_REPLACE_IN_OPERATIONS: Final = Statement(
    "ledger_words.replace_in_operations",
    "write",
    """
    UNWIND $keys AS key
    MATCH (o:Operation {key: key})
    SET o.reason = CASE WHEN o.reason = '' THEN '' ELSE $word END,
        o.cause = CASE WHEN o.cause = '' THEN '' ELSE $word END
    """,
)
_REPLACE_IN_ENTRIES: Final = Statement(
    "ledger_words.replace_in_entries",
    "write",
    "UNWIND $rows AS row MATCH (e:Entry {key: row[0]}) SET e.body = row[1]",
)
_REPLACE_IN_LOTS: Final = Statement(
    "ledger_words.replace_in_lots",
    "write",
    "UNWIND $rows AS row MATCH (l:Lot {key: row[0]}) SET l.origin = row[1]",
)


class Written(NamedTuple):
    """An entry, and the key of the operation that it belongs to, if it does to any."""

    operation: str | None
    entry: Entry


async def fetch_written(tx: Transaction, accounts: Iterable[Account]) -> list[Written]:
    """All entries of accounts."""
    keys = [entry_key(one.key, number) for one in accounts for number in range(1, one.entries + 1)]
    found: list[Written] = []
    for start in range(0, len(keys), _PAGE):
        rows = await tx.run(_FETCH, keys=keys[start : start + _PAGE])
        found += [Written(operation, read_entry(*entry)) for operation, *entry in rows]
    return found


async def replace_in_operations(tx: Transaction, keys: Collection[str], word: str) -> None:
    """Have a word stand for the reasons and causes of operations, where there are any."""
    if keys:
        await tx.run(_REPLACE_IN_OPERATIONS, keys=sorted(keys), word=word)


async def replace_origins(tx: Transaction, written: Collection[Written]) -> None:
    """Have entries, and the lots that they opened, say the origins that these have."""
    if not written:
        return
    rows = [entry_row(one.entry, one.operation) for one in written]
    await tx.run(_REPLACE_IN_ENTRIES, rows=[[key, body] for key, *_, body in rows])
    lots = [[lot_key(one.entry.account, lot.id), lot.origin] for one in written for lot in one.entry.opened]
    await tx.run(_REPLACE_IN_LOTS, rows=lots)
