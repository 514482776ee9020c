"""Accounts under random operations, as a service would run them: the pure ledger and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from hub.core.ledger import Account, Entry, Kind, LedgerRefused, Slice
from hub.core.model import DAY_MS
from rules.ledger.book import Book
from rules.ledger.earning import adjust_down, confirm, earn
from rules.ledger.holding import capture, hold, release
from rules.ledger.posting import post
from rules.ledger.reversing import reverse
from rules.ledger.spending import refund, spend, transfer
from rules.ledger.terms import Terms

Command = tuple[str, int, int, int]
"""What to do, with three numbers that choose accounts, amounts and earlier operations."""

NAMES = ("a", "b", "c")
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Till:
    """Three accounts; `owner` says whose they are and changes when persons are merged or parted."""

    terms: Terms
    accounts: dict[str, Account] = field(default_factory=lambda: {name: Account(name) for name in NAMES})
    entries: list[Entry] = field(default_factory=list[Entry])
    owner: dict[str, int] = field(default_factory=lambda: {name: place for place, name in enumerate(NAMES)})
    lots: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    spends: list[tuple[list[Slice], int]] = field(default_factory=list[tuple[list[Slice], int]])
    holds: list[tuple[str, list[Slice]]] = field(default_factory=list[tuple[str, list[Slice]]])
    refused: int = 0

    def run(self, command: Command, at_ms: int) -> None:
        """One operation; a refused one leaves no trace."""
        word, *numbers = command
        try:
            getattr(self, word)(at_ms, *numbers)
        except LedgerRefused:
            self.refused += 1

    def of(self, person: int) -> list[str]:
        return [name for name in NAMES if self.owner[name] == person]

    def tick(self, at_ms: int, *_: int) -> None:
        """The job that looks for what is due."""
        for name in NAMES:
            self._keep(self._open([name], at_ms))

    def earn(self, at_ms: int, account: int, amount: int, days: int) -> None:
        name = NAMES[account % 3]
        book = self._open([name], at_ms)
        pending_ms = at_ms + (days % 4) * DAY_MS
        lot = earn(
            book, name, amount + 1, earned_ms=at_ms, pending_ms=pending_ms, expires_ms=at_ms + (days + 1) * DAY_MS
        )
        self._keep(book)
        self.lots.append((name, lot))

    def confirm(self, at_ms: int, which: int, days: int, _: int) -> None:
        if self.lots:
            name, lot = self.lots[which % len(self.lots)]
            book = self._open([name], at_ms, [(name, lot)])
            expires_ms = book.accounts[name].lots[lot].expires_ms
            confirm(book, name, lot, pending_ms=at_ms + days % 3 * DAY_MS, expires_ms=expires_ms)
            self._keep(book)

    def adjust(self, at_ms: int, account: int, amount: int, _: int) -> None:
        name = NAMES[account % 3]
        book = self._open([name], at_ms, whole=True)
        adjust_down(book, name, amount + 1)
        self._keep(book)

    def spend(self, at_ms: int, account: int, amount: int, _: int) -> None:
        book = self._open(self.of(self.owner[NAMES[account % 3]]), at_ms, first=amount + 1)
        slices = spend(book, amount + 1)
        assert sum(part.amount for part in slices) == amount + 1
        self._keep(book)
        self.spends.append((slices, 0))

    def refund(self, at_ms: int, which: int, amount: int, _: int) -> None:
        if self.spends:
            place = which % len(self.spends)
            slices, refunded = self.spends[place]
            book = self._open_of(slices, at_ms)
            refund(book, slices, refunded, amount + 1, self.terms, ZONE)
            self._keep(book)
            self.spends[place] = slices, refunded + amount + 1

    def hold(self, at_ms: int, account: int, amount: int, days: int) -> None:
        book = self._open(self.of(self.owner[NAMES[account % 3]]), at_ms, first=amount + 1)
        name = f"hold-{len(self.holds)}"
        slices = hold(book, name, amount + 1, at_ms + (days + 1) * DAY_MS)
        self._keep(book)
        self.holds.append((name, slices))

    def capture(self, at_ms: int, which: int, amount: int, final: int) -> None:
        if self.holds:
            name, slices = self.holds[which % len(self.holds)]
            book = self._open_of(slices, at_ms)
            used = capture(book, name, slices, amount + 1, self.terms, final=bool(final % 2))
            self._keep(book)
            self.spends.append((used, 0))

    def release(self, at_ms: int, which: int, _: int, __: int) -> None:
        if self.holds:
            name, slices = self.holds[which % len(self.holds)]
            book = self._open_of(slices, at_ms)
            release(book, name, slices)
            self._keep(book)

    def reverse(self, at_ms: int, which: int, amount: int, _: int) -> None:
        if self.lots:
            name, lot = self.lots[which % len(self.lots)]
            book = self._open([name], at_ms, [(name, lot)], whole=True)
            reverse(book, name, lot, amount + 1, self.terms)
            self._keep(book)

    def transfer(self, at_ms: int, giver: int, receiver: int, amount: int) -> None:
        name, owner = NAMES[receiver % 3], self.owner[NAMES[giver % 3]]
        if self.owner[name] != owner:
            givers = self.of(owner)
            book = self._open([*givers, name], at_ms, first=amount + 1)
            transfer(book, givers, name, amount + 1, self.terms)
            self._keep(book)

    def refund_all(self, at_ms: int) -> None:
        """Every hold is freed, and everything that was spent comes back."""
        for name, slices in self.holds:
            book = self._open_of(slices, at_ms)
            release(book, name, slices)
            self._keep(book)
        for place, (slices, refunded) in enumerate(self.spends):
            if left := sum(part.amount for part in slices) - refunded:
                book = self._open_of(slices, at_ms)
                refund(book, slices, refunded, left, self.terms, ZONE)
                self._keep(book)
                self.spends[place] = slices, refunded + left

    def undo_all(self, at_ms: int, wait_ms: int) -> None:
        """Everything that was spent comes back, and some time later everything that was earned is returned."""
        self.refund_all(at_ms)
        for name, lot in self.lots:
            book = self._open([name], at_ms + wait_ms, [(name, lot)], whole=True)
            known = book.accounts[name].lots[lot]
            if known.amount > known.reversed:
                reverse(book, name, lot, known.amount - known.reversed, self.terms)
                self._keep(book)

    def part(self, _: int, first: int, second: int, third: int) -> None:
        """Persons are merged and parted; the ledger is not told."""
        self.owner = dict(zip(NAMES, (first % 3, second % 3, third % 3), strict=True))

    def _open_of(self, slices: Collection[Slice], at_ms: int) -> Book:
        return self._open({part.account for part in slices}, at_ms, [(part.account, part.lot) for part in slices])

    def _open(
        self,
        names: Collection[str],
        at_ms: int,
        named: Collection[tuple[str, str]] = (),
        *,
        first: int = 0,
        whole: bool = False,
    ) -> Book:
        """Accounts for an operation that is about the `named` lots, takes the `first` so much, or needs all lots."""
        return Book([self.accounts[name] for name in names], at_ms)

    def _keep(self, book: Book) -> None:
        self.accounts.update(book.accounts)
        self.entries.extend(book.entries)

    def add_up(self) -> Mapping[str, Account]:
        """The accounts as their entries alone make them."""
        again = {name: Account(name) for name in NAMES}
        for entry in self.entries:
            again[entry.account] = post(again[entry.account], entry)
        return again

    def of_kind(self, kind: Kind) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind is kind]


def tell_account(account: Account, at_ms: int) -> tuple[int, int, int, int]:
    """What can be seen of an account at an instant: what is available, pending, held and owed."""
    return account.available(at_ms), account.pending(at_ms), account.kept(at_ms), account.owed(at_ms)
