"""What a person uses: spending, its refund, giving away. The soonest to expire goes first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from zoneinfo import ZoneInfo

from hub.core.errors import InvariantBroken
from hub.core.ledger import (
    ExceedsOriginal,
    InsufficientBalance,
    Kind,
    Lot,
    Move,
    Slice,
    Term,
    TransferForbidden,
    new_lot,
)
from rules.ledger.book import Book
from rules.ledger.expiry import Expiry, expires_ms
from rules.ledger.reversing import pay_forgiven
from rules.ledger.slices import by_account, cut, take
from rules.ledger.terms import Terms


def spend(book: Book, amount: int) -> list[Slice]:
    """Use up an amount and say what it was taken from, in order.

    Raises:
        InsufficientBalance: the accounts together have less.
    """
    slices = choose(book, amount)
    for account, parts in by_account(slices):
        book.post(account, Kind.SPEND, take(parts))
    return slices


def choose(book: Book, amount: int, among: Collection[str] | None = None) -> list[Slice]:
    """What an amount would be taken from, of all accounts unless told which.

    Raises:
        InsufficientBalance: the accounts have less.
        InvariantBroken: they have as much, but the lots that were read do not.
    """
    available = book.available(among)
    if amount > available:
        raise InsufficientBalance(available)
    sources = [Slice(account, lot.id, lot.available(book.at_ms)) for account, lot in book.lots(among)]
    slices = cut(sources, 0, amount)
    if sum(part.amount for part in slices) != amount:
        raise InvariantBroken("Lots that are to be spent were not read.", accounts=len(book.accounts))
    return slices


def refund(book: Book, spent: Sequence[Slice], refunded: int, amount: int, terms: Terms, zone: ZoneInfo) -> None:
    """Give back part of what was spent, to the lots that it came from; what was taken last comes back first.

    `refunded` came back before. What expired meanwhile can be spent to the end of the days of grace, if there are any.

    Raises:
        ExceedsOriginal: less is left to give back.
    """
    total = sum(part.amount for part in spent)
    if amount > total - refunded:
        raise ExceedsOriginal(total - refunded)
    for account, parts in by_account(cut(spent, total - refunded - amount, amount)):
        _give_back(book, account, parts, terms, zone)
        pay_forgiven(book, account, parts)
        book.settle(account)


def _give_back(book: Book, account: str, parts: Iterable[Slice], terms: Terms, zone: ZoneInfo) -> None:
    moves: list[Move] = []
    for part in parts:
        lot = book.accounts[account].lots[part.lot]
        if lot.expires_ms > book.at_ms or not terms.grace_days:
            moves.append(Move(part.lot, left=part.amount))
        else:
            # Nothing of it but what comes back can be spent any more: the lot itself gets the time.
            term = Term(lot.id, lot.pending_ms, expires_ms(Expiry("days", terms.grace_days), book.at_ms, zone))
            book.post(account, Kind.REFUND, [Move(lot.id, left=part.amount)], term=term)
    if moves:
        book.post(account, Kind.REFUND, moves)


def transfer(book: Book, givers: Collection[str], account: str, amount: int, terms: Terms) -> list[Slice]:
    """Give an amount from a person's accounts to somebody's account and say what it became; lots keep their expiry.

    Raises:
        TransferForbidden: the programme does not allow it.
        InsufficientBalance: the giver has less.
    """
    if not terms.transfers:
        raise TransferForbidden("The programme does not let members give this to each other.")
    slices = choose(book, amount, givers)
    number = book.next_number(account)
    opened = [_pass_on(book, part, number, place) for place, part in enumerate(slices)]
    for giver, parts in by_account(slices):
        book.post(giver, Kind.TRANSFER_OUT, take(parts))
    book.post(account, Kind.TRANSFER_IN, opened=opened)
    book.settle(account)
    return [Slice(account, lot.id, lot.amount) for lot in opened]


def _pass_on(book: Book, part: Slice, number: int, place: int) -> Lot:
    lot = book.accounts[part.account].lots[part.lot]
    return new_lot(number, place, part.amount, earned_ms=lot.earned_ms, expires_ms=lot.expires_ms)
