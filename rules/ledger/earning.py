"""What one account gets by itself: earnings, an opening balance, an adjustment."""

from __future__ import annotations

from collections.abc import Iterable

from hub.core.ledger import FOREVER_MS, InsufficientBalance, Kind, Slice, Term, new_lot
from rules.ledger.book import Book
from rules.ledger.reversing import reverse
from rules.ledger.slices import cut, take
from rules.ledger.terms import Terms


def earn(
    book: Book,
    account: str,
    amount: int,
    *,
    kind: Kind = Kind.EARN,
    earned_ms: int,
    pending_ms: int = 0,
    expires_ms: int = FOREVER_MS,
    origin: str = "",
) -> str:
    """Open a lot and return its id; what the account owes is paid from it."""
    number = book.next_number(account)
    lot = new_lot(number, 0, amount, earned_ms=earned_ms, pending_ms=pending_ms, expires_ms=expires_ms, origin=origin)
    book.post(account, kind, opened=[lot])
    book.settle(account)
    return lot.id


def confirm(book: Book, account: str, lot: str, *, pending_ms: int, expires_ms: int) -> None:
    """Say when a lot can be spent, once its order is safe; saying the same again posts nothing."""
    known = book.accounts[account].lots[lot]
    if (known.pending_ms, known.expires_ms) != (pending_ms, expires_ms):
        book.post(account, Kind.CONFIRM, term=Term(lot, pending_ms, expires_ms))
        book.settle(account)


def adjust_down(book: Book, account: str, amount: int) -> None:
    """Take from what can be spent of one account; raises InsufficientBalance where that is less."""
    available = book.accounts[account].available(book.at_ms)
    if amount > available:
        raise InsufficientBalance(available)
    _adjust(book, account, amount)


def restate(book: Book, account: str, lots: Iterable[str], amount: int, terms: Terms) -> None:
    """Take away what a system says by now that it never should have stated, from the lots that it was stated as.

    What of them expired is nobody's loss. What was spent is owed where anyone may owe, and else let go; so is what goes
    beyond the lots, after what can be spent.
    """
    for lot in lots:
        known = book.accounts[account].lots[lot]
        part = min(amount, known.amount - known.reversed)
        if part:
            reverse(book, account, lot, part, terms.lenient)
            amount -= part
    taken = min(amount, max(book.accounts[account].available(book.at_ms), 0))
    owed = amount - taken if terms.claw_back == "debt" else 0
    if taken or owed:
        _adjust(book, account, taken, debt=owed)
        book.settle(account)


def _adjust(book: Book, account: str, amount: int, *, debt: int = 0) -> None:
    sources = [Slice(account, lot.id, lot.available(book.at_ms)) for _, lot in book.lots([account])]
    book.post(account, Kind.ADJUST, take(cut(sources, 0, amount)), debt=debt)
