"""The proof over the whole ledger: everything is added up again from its entries and compared with what is stored."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, NoReturn, TypeVar

from graph import operations
from graph.database import Graph, Transaction
from graph.ledger_audit import (
    Books,
    count_accounts,
    find_living,
    lock_books,
    stream_accounts,
    stream_entries,
    stream_lots,
    stream_uses,
)
from rules.ledger.audit import audit

_T = TypeVar("_T")
_MOST_NAMED = 100


_MOST_ASKED = 1000


class _Read(Exception):
    """Ends a transaction that has read what it locked, so that its lock leaves no trace."""

    def __init__(self, books: Books | None) -> None:
        super().__init__()
        self.books = books


class Wrong(NamedTuple):
    """Something that does not add up: the account's key, and what is wrong with it."""

    account: str
    what: str


@dataclass
class Proof:
    """What was added up.

    Attributes:
        totals: by programme, asset and kind of entry, what they add up to; `worth` is the sum of all kinds.
        wrong: the first hundred that do not add up; `faults` counts all.
    """

    accounts: int = 0
    entries: int = 0
    lots: int = 0
    faults: int = 0
    totals: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    wrong: list[Wrong] = field(default_factory=list[Wrong])

    def blame(self, account: str, faults: Iterable[str]) -> None:
        """Note what is wrong with an account."""
        for what in faults:
            self.faults += 1
            if len(self.wrong) < _MOST_NAMED:
                self.wrong.append(Wrong(account, what))


async def verify_ledger(graph: Graph, *, progress: Callable[[int, int], None] | None = None) -> Proof:
    """Add up every account, lot, hold and total again, side by side in the order of the keys; writes nothing.

    An account that changed while it was read is locked and read again. What is used of operations is added up from
    those that use it.

    Args:
        progress: told how many accounts are done, and of how many.
    """
    proof, total = Proof(), await count_accounts(graph)
    entries = _Side(stream_entries(graph), lambda one: one.account)
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
    await _check_uses(graph, proof)
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
        births = {key: key.rpartition("|")[2] for key in loose[start : start + _MOST_ASKED]}
        living = await find_living(graph, set(births.values()))
        for key in (key for key, birth in births.items() if birth in living):
            proof.blame(key, ["its record does not hold it"])


async def _check_uses(graph: Graph, proof: Proof) -> None:
    """Blame operations of which more or less is used than later ones use."""
    wrong = await _compare_uses(graph)
    # Somebody may have refunded between two pages: what is wrong is so the second time, too.
    again = await _compare_uses(graph) if wrong else {}
    for key in sorted(wrong.keys() & again.keys()):
        operation = await operations.find(graph, key)
        if operation is None or not operation.slices:
            proof.blame("nobody", ["an operation is missing of which later ones use something"])
        else:
            what = f"of its {operation.kind} at {operation.at_ms} is said to be used {again[key]:+}"
            proof.blame(operation.slices[0].account, [f"{what}, beside what later operations use"])


async def _compare_uses(graph: Graph) -> dict[str, int]:
    """By operation, what is stored as used of it less what later ones use; without those where these are equal."""
    left: Counter[str] = Counter()
    async for one in stream_uses(graph):
        for key, amount in ((one.operation, one.used), (one.original or "", -one.uses)):
            left[key] += amount
            if not left[key]:
                del left[key]
    return dict(left)


def _audit(books: Books) -> list[str]:
    entries = [(one.entry, one.amount) for one in books.entries]
    return audit(books.account.account, entries, {str(one.fields[0]): (one.fields, one.open) for one in books.lots})


def _add_up(proof: Proof, books: Books) -> None:
    """Add to the totals what the entries say, whatever is stored beside them."""
    programme, asset, _ = books.account.key.split("|", 2)
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
