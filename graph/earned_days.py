"""What accounts earned, kept by day, so that a tier that is reached by points reads no entries.

A day of an account has a row: instants, and the amounts that were earned or, below 0, taken back of what was earned
then. Days are those of UTC: a row is where something is found, and what it says is as exact as the entries.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from graph.reading import Reader, read_rows
from graph.statement import Statement
from hub.core.ledger import Account, Entry, list_earned
from hub.core.model import DAY_MS

Row = tuple[str, str, list[int], list[int]]
"""An account's key, the day's key, and what comes to its instants and amounts."""

_FETCH: Final = Statement(
    "earned_days.fetch",
    "read",
    """
    UNWIND $accounts AS key
    MATCH (:Account {key: key})-[:EARNED]->(d:EarnedDay)
    RETURN key, d.at_ms AS at_ms, d.amounts AS amounts
    """,
)


def list_rows(after: Mapping[str, Account], entries: Iterable[Entry]) -> list[Row]:
    """What entries add to the days of their accounts, as these are afterwards; what they take back was earned."""
    added: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for entry in entries:
        for at_ms, amount in list_earned(entry, after[entry.account].lots):
            added[entry.account, f"{entry.account}|{at_ms // DAY_MS}"].append((at_ms, amount))
    return [
        (account, day, [at_ms for at_ms, _ in told], [amount for _, amount in told])
        for (account, day), told in sorted(added.items())
    ]


async def fetch_earned(reader: Reader, accounts: Collection[str]) -> dict[str, Counter[int]]:
    """By account (by key) what was earned at each instant and not taken back; one row a day."""
    if not accounts:
        return {}
    rows = await read_rows(reader, _FETCH, accounts=sorted(accounts))
    found: dict[str, Counter[int]] = defaultdict(Counter)
    for account, instants, amounts in rows:
        add_up(found[account], instants, amounts)
    return found


def add_up(earned: Counter[int], instants: Iterable[int], amounts: Iterable[int]) -> None:
    """Add what a day's row says; an instant of which all was taken back stays, with 0."""
    for at_ms, amount in zip(instants, amounts, strict=True):
        earned[at_ms] += amount
