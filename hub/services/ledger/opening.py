"""Opening balances: what systems say that their records held before the hub, from files of customers.

The last statement counts, by the instant that it carries; among equal instants the one that is imported last. The first
opens the account with a lot. A later one that differs is a correction: what is more is adjusted, what is less is taken
back from the lots that statements opened. So a file that is imported again changes nothing, and files may come in any
order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph import openings
from graph.database import Transaction
from graph.openings import LockedAccount, Said
from graph.postings import Posting, write_accounts
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
class _Statement:
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


async def open_balances(
    tx: Transaction,
    programme: Programme,
    facts: Iterable[CustomerFact],
    *,
    at_ms: int,
    born: Mapping[str, str] | None = None,
) -> list[str]:
    """Bring accounts to what their records' systems say; gives the record of each that was opened or corrected.

    To be called in the transaction that stores the facts, after them. Five statements at most, however many there are;
    one where nothing is new, none where nothing is said.

    Args:
        born: birth ids by record, where the transaction has created them all: nothing has to be looked up.
    """
    stated = _find_last(facts)
    if not stated:
        return []
    if born is None:
        known = await openings.fetch_said(tx, programme.name, sorted(stated))
    else:
        known = [openings.said_nothing(programme.name, record, asset, born[record]) for record, asset in stated]
    if not (new := [one for one in known if stated[one.record, one.asset].outdates(one)]):
        return []
    locked = await openings.lock_accounts(tx, programme.name, new)
    # Another import may have said more before our lock.
    new_locked = [one for one in locked if stated[one.record, one.asset].outdates(one)]
    lowered = [one for one in new_locked if stated[one.record, one.asset].more_than(one) < 0]
    shown = {one.account.key: one for one in await openings.show_stated_lots(tx, lowered)}
    new_locked = [shown.get(one.account.key, one) for one in new_locked]
    done = [_bring(programme, one, stated[one.record, one.asset], at_ms) for one in new_locked]
    before = {one.account.key: one.account for one in new_locked}
    postings = [Posting(operation, entries, earned=False) for _, operation, entries in done]
    await write_accounts(tx, before, {account.key: account for account, _, _ in done}, postings)
    opened = [operation.slices if operation else () for _, operation, _ in done]
    noted = zip(new_locked, opened, strict=True)
    await openings.note_said(tx, [_note(one, stated[one.record, one.asset], slices) for one, slices in noted])
    return [one.record for one, (_, operation, _) in zip(new_locked, done, strict=True) if operation is not None]


def _find_last(facts: Iterable[CustomerFact]) -> dict[tuple[str, str], _Statement]:
    """The last statement on each (record, asset)."""
    found: dict[tuple[str, str], _Statement] = {}
    for fact in facts:
        if fact.holdings is None:
            continue
        for balance in fact.holdings.balances:
            key = str(fact.record), balance.asset
            if key not in found or fact.holdings.observed_ms >= found[key].holdings.observed_ms:
                found[key] = _Statement(fact.holdings, balance)
    return found


def _note(one: LockedAccount, stated: _Statement, opened: Iterable[Slice]) -> tuple[str, int, int, Iterable[str]]:
    lots = (*one.lots, *(part.lot for part in opened))
    return one.account.key, stated.balance.amount, stated.holdings.observed_ms, lots


def _bring(
    programme: Programme, one: LockedAccount, stated: _Statement, at_ms: int
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


def _open(programme: Programme, book: Book, key: str, amount: int, one: LockedAccount, stated: _Statement) -> str:
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


def _request(programme: Programme, one: LockedAccount, stated: _Statement, more: int) -> Request:
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
