"""The nightly work: what fell due is written. It changes no balance, because readers reckon with it anyway."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, NamedTuple

import structlog

from graph import accounts, balances
from graph.database import Graph, Transaction
from graph.postings import Posting, write_accounts
from hub.core.errors import DoesNotFit, InvariantBroken
from hub.core.ledger import Account, Entry
from rules.ledger.book import Book

_SPOILT: Final = (DoesNotFit, InvariantBroken, KeyError, TypeError, ValueError)
"""What it is to work on an account whose sums, lots or holds were changed by hand."""

_BATCH = 500
_PAGE = 1000


class Expired(NamedTuple):
    """How many accounts were looked at, how many entries were written, and which accounts do not add up, by key."""

    accounts: int = 0
    entries: int = 0
    spoilt: frozenset[str] = frozenset()


class Notice(NamedTuple):
    """What a living person loses at an instant unless it is spent."""

    person: str
    amount: int
    expires_ms: int


async def expire_due(
    graph: Graph, *, now_ms: int, progress: Callable[[int, int], None] | None = None, at_once: int = _BATCH
) -> Expired:
    """Write what expired and which holds lapsed until now, `at_once` so many accounts a transaction.

    It can be stopped at any time, repeated, and run late or by several at once: the ledger comes out the same. An
    account that cannot be right is left as it is, and holds up no other.

    Args:
        progress: told how many accounts are done, and of how many.
    """
    total, done = await balances.count_due(graph, now_ms), Expired()
    while keys := await _find_due(graph, now_ms, at_once, done.spoilt):
        entries, spoilt = await _expire_sound(graph, keys, now_ms)
        done = Expired(done.accounts + len(keys), done.entries + entries, done.spoilt | spoilt)
        if progress is not None:
            progress(done.accounts, max(total, done.accounts))
    if done.spoilt:
        structlog.get_logger(__name__).error("accounts that do not add up were left", accounts=sorted(done.spoilt))
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


async def _find_due(graph: Graph, now_ms: int, at_once: int, spoilt: frozenset[str]) -> list[str]:
    keys = await balances.find_due(graph, now_ms, limit=at_once + len(spoilt))
    return [key for key in keys if key not in spoilt]


async def _expire_sound(graph: Graph, keys: Sequence[str], now_ms: int) -> tuple[int, frozenset[str]]:
    """How many entries were written, and the accounts that are not sound; where any is, each goes by itself."""
    try:
        return await graph.write(_expire, keys, now_ms), frozenset()
    except _SPOILT:
        if len(keys) == 1:
            return 0, frozenset(keys)
    singly = [await _expire_sound(graph, [key], now_ms) for key in keys]
    return sum(entries for entries, _ in singly), frozenset[str]().union(*(spoilt for _, spoilt in singly))


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
