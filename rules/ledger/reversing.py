"""Taking back what should not have been earned, also where it was spent meanwhile."""

from __future__ import annotations

from hub.core.ledger import AlreadySpent, ExceedsOriginal, Kind, Move
from rules.ledger.book import Book
from rules.ledger.terms import Terms


def reverse(book: Book, account: str, lot: str, amount: int, terms: Terms) -> None:
    """Take back part of a lot: what is left of it, then what expired of it, then what was spent or is held.

    The last is a debt of the same account, so that it goes home with its record when persons part. Whatever else the
    account has pays it at once; the programme's claw-back says what becomes of the rest.

    Raises:
        ExceedsOriginal: less of the lot was not taken back yet.
        AlreadySpent: the account cannot pay, and the programme lets nobody owe.
    """
    known = book.accounts[account].lots[lot]
    if amount > known.amount - known.reversed:
        raise ExceedsOriginal(known.amount - known.reversed)
    taken = min(amount, known.free)
    # What expired and was not counted as taken back yet: of no use to anyone, so nobody owes it.
    lapsed = min(amount - taken, max(known.expired - _reversed_of_expired(known.reversed, known.taken), 0))
    owed = amount - taken - lapsed
    book.post(account, Kind.REVERSE, [Move(lot, left=-taken, reversed=amount)], debt=owed)
    book.settle(account)
    if not owed or not book.accounts[account].debt:
        return
    if terms.claw_back == "refuse":
        raise AlreadySpent("It was spent already, and the programme lets nobody owe.")
    if terms.claw_back == "cap":
        book.post(account, Kind.FORGIVE, debt=-min(owed, book.accounts[account].debt))


def _reversed_of_expired(reversed_: int, taken: int) -> int:
    """At most this much of earlier reversals fell on what had expired."""
    return reversed_ - taken
