"""Steps of an order's points as entries in the books of the accounts that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hub.core.ledger import Entry, Slice
from hub.core.order_points import OrderPoints, PostedLot
from rules.ledger.book import Book
from rules.ledger.earning import confirm, earn
from rules.ledger.reversing import reverse
from rules.ledger.terms import Terms
from rules.orders.difference import Confirm, Give, Step, TakeBack, Target


@dataclass(frozen=True, slots=True)
class LotTerms:
    """What the lots of an order have in common: when they were earned, when they expire, what by."""

    earned_ms: int
    expires_ms: int
    origin: str


@dataclass(frozen=True, slots=True)
class Posted:
    """An operation as it was posted.

    Attributes:
        name: the operation's key.
        kind: of the ledger's operation.
        lot: the lot that it is about, as it is kept from then on.
        reason: which lines it comes from.
    """

    name: str
    kind: str
    amount: int
    at_ms: int
    lot: PostedLot
    entries: tuple[Entry, ...]
    reason: str = ""

    @property
    def slices(self) -> tuple[Slice, ...]:
        """The lot that it opened."""
        return (Slice(self.lot.account, self.lot.lot, self.amount),) if self.kind == "earn" else ()


class Poster:
    """Posts what is due for one order after the other to books of their own, one for each account."""

    def __init__(self, books: Mapping[str, Book], terms: Terms) -> None:
        self._books = books
        # The goods are back already: where nobody may owe, what is there is taken and the rest forgiven.
        self._terms = terms.lenient

    def post(
        self, known: OrderPoints, target: Target, steps: Iterable[Step], lots: LotTerms, names: Iterable[str]
    ) -> tuple[OrderPoints, list[Posted]]:
        """Do the steps; each takes the next name for its operation. Raises AmountTooLarge."""
        reason = _explain(known.kept, target.kept)
        done = [self._do(step, name, target, lots, reason) for step, name in zip(steps, names, strict=False)]
        changed = {(one.lot.account, one.lot.lot): one.lot for one in done}
        known_lots = [changed.pop((lot.account, lot.lot), lot) for lot in known.lots]
        after = replace(
            known, kept=target.kept, lots=(*known_lots, *changed.values()), steps=known.steps + len(done), refused=""
        )
        return after, done

    def _do(self, step: Step, name: str, target: Target, terms: LotTerms, reason: str) -> Posted:
        account = step.account if isinstance(step, Give) else step.lot.account
        book = self._books[account]
        begun = len(book.entries)
        match step:
            case Give(_, amount):
                opened = earn(
                    book,
                    account,
                    amount,
                    earned_ms=terms.earned_ms,
                    pending_ms=target.pending_ms,
                    expires_ms=terms.expires_ms,
                    origin=terms.origin,
                )
                lot = PostedLot(account, opened, name, amount, target.pending_ms)
                return Posted(name, "earn", amount, book.at_ms, lot, tuple(book.entries[begun:]))
            case TakeBack(lot, amount):
                left = self._take_back(book, lot, amount)
                taken = lot._replace(taken=lot.taken + amount, by_hand=lot.by_hand + amount - left)
                return Posted(name, "reverse", left, book.at_ms, taken, tuple(book.entries[begun:]), reason)
            case Confirm(lot):
                expires_ms = book.accounts[account].lots[lot.lot].expires_ms
                confirm(book, account, lot.lot, pending_ms=target.pending_ms, expires_ms=expires_ms)
                told = lot._replace(pending_ms=target.pending_ms)
                return Posted(name, "confirm", 0, book.at_ms, told, tuple(book.entries[begun:]))

    def _take_back(self, book: Book, lot: PostedLot, amount: int) -> int:
        """Take back so that no more stands than should; says how much that was: some may be taken by hand already."""
        stored = book.accounts[lot.account].lots[lot.lot]
        left = max(0, stored.amount - stored.reversed - (lot.net - amount))
        if left:
            reverse(book, lot.account, lot.lot, left, self._terms)
        return left


def _explain(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    """By how much each line's points change: `line 2 -30; line 3 -5`."""
    changes = {line: after.get(line, 0) - before.get(line, 0) for line in sorted(before.keys() | after.keys())}
    told = [f"line {line} {by:+}" if line else f"order {by:+}" for line, by in changes.items() if by]
    return "; ".join(told)
