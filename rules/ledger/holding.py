"""Spending in two phases: what is held cannot be spent otherwise, until it is captured, released, or its time is up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from hub.core.errors import InvalidInput
from hub.core.ledger import ExceedsOriginal, HoldEnded, Kind, Move, Slice
from rules.ledger.book import Book
from rules.ledger.reversing import forgive_used
from rules.ledger.slices import by_account, cut, free
from rules.ledger.spending import choose
from rules.ledger.terms import Terms

MOST_HOLDS: Final = 500
"""So many holds an account can have at once: each operation on it reads and writes them all."""


def hold(book: Book, operation: str, amount: int, deadline_ms: int) -> list[Slice]:
    """Keep an amount for an operation and say what of; raises InsufficientBalance, InvalidInput for too many holds."""
    slices = choose(book, amount)
    for account, parts in by_account(slices):
        if len(book.accounts[account].holds) >= MOST_HOLDS:
            raise InvalidInput(f"{MOST_HOLDS} amounts are held of this account: capture or release one of them first.")
        moves = [Move(part.lot, held=part.amount) for part in parts]
        book.post(account, Kind.HOLD, moves, hold=operation, deadline_ms=deadline_ms)
    return slices


def capture(
    book: Book, operation: str, held: Sequence[Slice], amount: int, terms: Terms, *, final: bool = True
) -> list[Slice]:
    """Use up part of what is held, in the order in which it was taken; the last capture frees the rest.

    What had to be taken back of it meanwhile is owed, or let go, as the programme's claw-back says.

    Raises:
        HoldEnded: nothing is held any more.
        ExceedsOriginal: less is held.
    """
    kept = _still_held(book, operation, held)
    there = sum(part.amount for part in kept)
    if not there:
        raise HoldEnded("Nothing is held any more: the hold was used up, released, or its deadline passed.")
    if amount > there:
        raise ExceedsOriginal(there)
    used = cut(kept, 0, amount)
    for account, parts in by_account(used):
        moves = [Move(part.lot, left=-part.amount, held=-part.amount) for part in parts]
        book.post(account, Kind.CAPTURE, moves, hold=operation)
    if final:
        release(book, operation, held)
    forgive_used(book, used, terms)
    return used


def release(book: Book, operation: str, held: Sequence[Slice]) -> int:
    """Free what is still held and say how much that was; 0 where nothing is."""
    kept = _still_held(book, operation, held)
    for account, parts in by_account(kept):
        book.post(account, Kind.RELEASE, free(parts), hold=operation)
        book.settle(account)
    return sum(part.amount for part in kept)


def _still_held(book: Book, operation: str, held: Iterable[Slice]) -> list[Slice]:
    """What accounts keep for an operation, in the order in which it was taken."""
    kept = {
        (account.key, part.lot): part.amount
        for account in book.accounts.values()
        if operation in account.holds
        for part in account.holds[operation].parts
    }
    return [
        Slice(part.account, part.lot, kept[part.account, part.lot]) for part in held if (part.account, part.lot) in kept
    ]
