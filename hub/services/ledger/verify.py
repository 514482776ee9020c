"""The proof over the whole ledger: everything is added up again from its entries and compared with what is stored."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Generic, NoReturn, TypeVar

from graph.database import Graph, Transaction
from graph.ledger_audit import (
    Books,
    count_accounts,
    find_living,
    lock_books,
    stream_accounts,
    stream_lots,
)
from hub.core.ledger import AccountKey
from hub.services.ledger.contradictions import find_contradictions, find_waiting, note_entries
from hub.services.ledger.proof import Proof as Proof
from hub.services.ledger.tally import Tally
from rules.ledger.audit import audit

_T = TypeVar("_T")
_MOST_ASKED = 1000


class _Read(Exception):
    """Ends a transaction that has read what it locked, so that its lock leaves no trace."""

    def __init__(self, books: Books | None) -> None:
        super().__init__()
        self.books = books


async def verify_ledger(graph: Graph, *, now_ms: int, progress: Callable[[int, int], None] | None = None) -> Proof:
    """Add up every account, lot, hold and total again, side by side in the order of the keys; writes nothing.

    An account that changed while it was read is locked and read again. Operations are compared with the entries that
    belong to them, with those that use them, and with what is kept beside orders. Orders wait for a while at most.

    Args:
        progress: told how many accounts are done, and of how many.
    """
    proof, total, tally = Proof(), await count_accounts(graph), Tally()
    entries = _Side(note_entries(graph, tally), lambda one: one.account)
    lots = _Side(stream_lots(graph), lambda one: one.account)
    loose: list[str] = []
    async for account in stream_accounts(graph):
        if not account.held:
            loose.append(account.key)
        await _look_at(graph, proof, {*await entries.skip_to(account.key), *await lots.skip_to(account.key)})
        books = Books(account, await entries.take(account.key), await lots.take(account.key))
        if _audit(books):
            await _look_at(graph, proof, {account.key})
        else:
            _add_up(proof, books)
        if progress is not None:
            progress(proof.accounts, total)
    await _look_at(graph, proof, {*await entries.skip_to(None), *await lots.skip_to(None)})
    await _look_for_holders(graph, proof, loose)
    for wrong in [*await find_contradictions(graph, tally), *await find_waiting(graph, now_ms)]:
        proof.blame(wrong.account, [wrong.what])
    return proof


async def _look_at(graph: Graph, proof: Proof, accounts: Iterable[str]) -> None:
    """Read again, while nobody writes them, accounts that do not add up or of which only parts were found."""
    for key in sorted(accounts):
        books = await _read_locked(graph, key)
        if books is None:
            proof.blame(key, ["there is no such account, but it has entries or lots"])
        else:
            proof.blame(key, _audit(books))
            _add_up(proof, books)


async def _read_locked(graph: Graph, key: str) -> Books | None:
    try:
        await graph.write(_raise_books, key)
    except _Read as read:
        return read.books


async def _raise_books(tx: Transaction, key: str) -> NoReturn:
    raise _Read(await lock_books(tx, key))


async def _look_for_holders(graph: Graph, proof: Proof, loose: Sequence[str]) -> None:
    """Blame accounts that no record holds, unless theirs is erased: no balance would count them."""
    for start in range(0, len(loose), _MOST_ASKED):
        births = {key: AccountKey.parse(key).birth_id for key in loose[start : start + _MOST_ASKED]}
        living = await find_living(graph, set(births.values()))
        for key in (key for key, birth in births.items() if birth in living):
            proof.blame(key, ["its record does not hold it"])


def _audit(books: Books) -> list[str]:
    entries = [(one.entry, one.amount) for one in books.entries]
    lots = {str(one.fields[0]): (one.fields, one.open) for one in books.lots}
    return audit(books.account.account, entries, lots, books.account.earned)


def _add_up(proof: Proof, books: Books) -> None:
    """Add to the totals what the entries say, whatever is stored beside them."""
    programme, asset, _ = AccountKey.parse(books.account.key)
    proof.accounts += 1
    proof.entries += len(books.entries)
    proof.lots += len(books.lots)
    for entry, amount in ((one.entry, one.amount) for one in books.entries if one.entry is not None):
        proof.totals[programme, asset, entry.kind.value] += amount
        proof.totals[programme, asset, "worth"] += amount


class _Side(Generic[_T]):
    """One of the lists that are read beside the accounts: what belongs to an account, account by account."""

    def __init__(self, stream: AsyncIterator[_T], account_of: Callable[[_T], str]) -> None:
        self._stream = stream
        self._account_of = account_of
        self._ahead: deque[_T] = deque()

    async def take(self, account: str) -> list[_T]:
        """What belongs to an account, if that comes next."""
        taken: list[_T] = []
        while await self._owner() == account:
            taken.append(self._ahead.popleft())
        return taken

    async def skip_to(self, account: str | None) -> list[str]:
        """Pass over what comes before an account (None: over all), and name whose it is."""
        strays: set[str] = set()
        while (owner := await self._owner()) is not None and (account is None or owner < account):
            strays.add(owner)
            self._ahead.popleft()
        return sorted(strays)

    async def _owner(self) -> str | None:
        """Whose the next one is; None at the end."""
        if not self._ahead:
            async for one in self._stream:
                self._ahead.append(one)
                break
        return self._account_of(self._ahead[0]) if self._ahead else None
