"""Taking back what should not have been earned, also where it was spent meanwhile."""

from __future__ import annotations

from collections.abc import Iterable

from hub.core.ledger import AlreadySpent, ExceedsOriginal, Kind, Move, Slice
from rules.ledger.book import Book
from rules.ledger.slices import by_account
from rules.ledger.terms import Terms


def reverse(book: Book, account: str, lot: str, amount: int, terms: Terms) -> None:
    """Take back part of a lot: what is left of it, then what expired of it, then what was spent or is held.

    The last is a debt of the same account, so that it goes home with its record when persons part. Whatever else the
    account has pays it at once, what is held once it is free; the programme's claw-back says what becomes of the rest.

    Raises:
        ExceedsOriginal: less of the lot was not taken back yet.
        AlreadySpent: the account cannot pay, and the programme lets nobody owe.
    """
    known = book.accounts[account].lots[lot]
    if amount > known.amount - known.reversed:
        raise ExceedsOriginal(known.amount - known.reversed)
    taken = min(amount, known.free)
    # What expired and was not counted as taken back yet: of no use to anyone, so nobody owes it.
    lapsed = min(amount - taken, known.expired - known.lapsed)
    owed = amount - taken - lapsed
    book.post(account, Kind.REVERSE, [Move(lot, left=-taken, reversed=amount, lapsed=lapsed)], debt=owed)
    book.settle(account)
    if not owed or not book.accounts[account].debt:
        return
    if terms.claw_back == "refuse":
        raise AlreadySpent("It was spent already, and the programme lets nobody owe.")
    if terms.claw_back == "cap":
        _forgive(book, account, [Slice(account, lot, owed)], book.accounts[account].lots[lot].held)


def forgive_used(book: Book, used: Iterable[Slice], terms: Terms) -> None:
    """Let go what was owed of lots because it was held, and is used up now, where nobody may owe."""
    if terms.lenient.claw_back == "cap":
        for account, parts in by_account(used):
            _forgive(book, account, parts, book.accounts[account].held)


def pay_forgiven(book: Book, account: str, parts: Iterable[Slice]) -> None:
    """Take from what was given back to lots what was let go of them before: it had to be taken back."""
    lots = book.accounts[account].lots
    amounts = {part.lot: min(part.amount, lots[part.lot].free, lots[part.lot].forgiven) for part in parts}
    if moves := [Move(lot, left=-amount, forgiven=-amount) for lot, amount in amounts.items() if amount]:
        book.post(account, Kind.REVERSE, moves)


def _forgive(book: Book, account: str, parts: Iterable[Slice], may_pay: int) -> None:
    """Let go so much of lots at most, and of the debt only what is not held: that may come back, and pays then."""
    left = book.accounts[account].debt - may_pay
    moves: list[Move] = []
    for part in parts:
        amount = min(part.amount, book.accounts[account].lots[part.lot].owed, left)
        if amount > 0:
            moves.append(Move(part.lot, forgiven=amount))
            left -= amount
    if moves:
        book.post(account, Kind.FORGIVE, moves, debt=-sum(move.forgiven for move in moves))
