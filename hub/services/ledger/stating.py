"""What systems state that their records hold, and what that makes of accounts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph.openings import LockedAccount, Said
from hub.core.ledger import Account, Entry, Kind, Operation, Slice
from hub.core.model import StatedBalance
from hub.services.facts import CustomerFact, Holdings
from hub.services.ledger.callers import IMPORT
from hub.services.ledger.request import Call, Request, find_asset
from rules.ledger.book import Book
from rules.ledger.earning import earn, restate
from rules.ledger.expiry import expires_ms
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class BalanceStatement:
    """A balance, with when and in which delivery it was stated."""

    holdings: Holdings
    balance: StatedBalance

    def outdates(self, known: Said | LockedAccount) -> bool:
        """Whether it says anything that is not known. A first 0 does not: there is nothing to open."""
        if known.amount is None:
            return self.balance.amount > 0
        said = (self.balance.amount, self.holdings.observed_ms)
        return self.holdings.observed_ms >= known.at_ms and said != (known.amount, known.at_ms)

    def more_than(self, known: LockedAccount) -> int:
        """How much more it says than what was stated last; below 0 where it is less."""
        return self.balance.amount - (known.amount or 0)


def find_last_said(facts: Iterable[CustomerFact]) -> dict[tuple[str, str], BalanceStatement]:
    """The last statement on each (record, asset)."""
    found: dict[tuple[str, str], BalanceStatement] = {}
    for fact in facts:
        if fact.holdings is None:
            continue
        for balance in fact.holdings.balances:
            key = str(fact.record), balance.asset
            if key not in found or fact.holdings.observed_ms >= found[key].holdings.observed_ms:
                found[key] = BalanceStatement(fact.holdings, balance)
    return found


def bring(
    programme: Programme, one: LockedAccount, stated: BalanceStatement, at_ms: int
) -> tuple[Account, Operation | None, list[Entry]]:
    """An account as a statement leaves it, and what was done for that; None where it repeats the last amount."""
    book, key = Book([one.account], at_ms), one.account.key
    more = stated.more_than(one)
    posted, slices = len(book.entries), tuple[Slice, ...]()
    if more > 0:
        slices = (Slice(key, _open(programme, book, key, more, one, stated), more),)
    elif more < 0:
        restate(book, key, reversed(one.lots), -more, find_asset(programme, one.asset).terms)
    if len(book.entries) == posted:
        return book.accounts[key], None, book.entries
    request = _request(programme, one, stated, more)
    return book.accounts[key], request.to_operation(one.person, book.at_ms, slices), book.entries


def _open(programme: Programme, book: Book, key: str, amount: int, one: LockedAccount, stated: BalanceStatement) -> str:
    earned_ms = min(stated.holdings.observed_ms, book.at_ms)
    expiry = find_asset(programme, one.asset).expiry
    return earn(
        book,
        key,
        amount,
        kind=Kind.OPENING if one.amount is None else Kind.ADJUST,
        earned_ms=earned_ms,
        expires_ms=stated.balance.expires_ms or expires_ms(expiry, earned_ms, programme.zone),
        origin=stated.holdings.source,
    )


def _request(programme: Programme, one: LockedAccount, stated: BalanceStatement, more: int) -> Request:
    reason = f"{stated.balance.amount} is stated" + ("" if one.amount is None else f", {one.amount} was before")
    call = Call(
        IMPORT,
        # The account is locked, and its entries are numbered: nobody else has this key.
        f"{one.account.key}|{one.account.entries + 1}",
        cause=stated.holdings.source,
        author=IMPORT,
        reason=reason,
    )
    kind = "opening" if one.amount is None else "adjust"
    return Request(kind, call, programme, one.asset, more, one.account.key)
