"""The nightly work: what fell due is written. It changes no balance, because readers reckon with it anyway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import NamedTuple

from graph import accounts, balances
from graph.database import Graph, Transaction
from graph.postings import Posting, write_accounts
from hub.core.ledger import Account, Entry
from rules.ledger.book import Book

_BATCH = 500
_PAGE = 1000


class Expired(NamedTuple):
    """How many accounts were looked at, and how many entries were written."""

    accounts: int = 0
    entries: int = 0


class Notice(NamedTuple):
    """What a living person loses at an instant unless it is spent."""

    person: str
    amount: int
    expires_ms: int


async def expire_due(
    graph: Graph, *, now_ms: int, progress: Callable[[int, int], None] | None = None, at_once: int = _BATCH
) -> Expired:
    """Write what expired and which holds lapsed until now, `at_once` so many accounts a transaction.

    It can be stopped at any time, repeated, and run late or by several at once: the ledger comes out the same.

    Args:
        progress: told how many accounts are done, and of how many.
    """
    total, done = await balances.count_due(graph, now_ms), Expired()
    while keys := await balances.find_due(graph, now_ms, limit=at_once):
        done = Expired(done.accounts + len(keys), done.entries + await graph.write(_expire, keys, now_ms))
        if progress is not None:
            progress(done.accounts, max(total, done.accounts))
    return done


async def stream_notices(
    graph: Graph, programme: str, asset: str, *, now_ms: int, until_ms: int
) -> AsyncIterator[Notice]:
    """What expires when, until an instant: a notice for each record's account and each instant."""
    after = ""
    while page := await balances.fetch_due(graph, programme, asset, until_ms=until_ms, after=after, limit=_PAGE):
        for person, account in page:
            for window, amount in sorted(account.free.items(), key=lambda one: one[0].expires_ms):
                if person is not None and window.pending_ms <= now_ms < window.expires_ms <= until_ms:
                    yield Notice(person, amount, window.expires_ms)
        after = page[-1].account.key


async def _expire(tx: Transaction, keys: Sequence[str], now_ms: int) -> int:
    before = {account.key: account for account in await accounts.open_accounts(tx, keys)}
    after: dict[str, Account] = {}
    entries: list[Entry] = []
    for key, account in before.items():
        # A book for each: what another account did later must not bring this one's time forward.
        book = Book([account], now_ms)
        after[key] = book.accounts[key]
        entries += book.entries
    await write_accounts(tx, before, after, [Posting(None, entries)])
    return len(entries)
