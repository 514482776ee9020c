"""The pure ledger as the hub keeps it: lots beside sums, operations once under their keys, processes that die anywhere.

An operation is shown as few lots as the hub reads for it, so that what it must not need is not there.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Final

from hub.core.ledger import Kind, Lot, in_spending_order
from rules.ledger.book import Book
from tests.simulation.shaky import ProcessDied
from tests.unit.rules.ledger.till import NAMES, Command, Till

_SIGNS: Final = {"earn": 1, "refund": 1, "spend": -1, "capture": -1, "adjust": -1}
_MOST_STEPS: Final = 30


@dataclass
class Shop(Till):
    """Three accounts without lots, and beside them every lot there ever was.

    Attributes:
        kept: the lots by account and id; `open` are the ids of those with something left.
        done: the keys of what was done.
        told: what callers were told that earnings, refunds and so on come to.
    """

    chooser: random.Random = field(default_factory=random.Random)
    kept: dict[str, dict[str, Lot]] = field(default_factory=lambda: {name: {} for name in NAMES})
    open: dict[str, set[str]] = field(default_factory=lambda: {name: set[str]() for name in NAMES})
    done: set[str] = field(default_factory=set[str])
    told: Counter[str] = field(default_factory=Counter[str])
    crashes: int = 0
    _key: str = ""
    _fuse: int = 0

    def deliver(self, key: str, command: Command, at_ms: int) -> None:
        """Do an operation once, however often it comes and wherever the process dies; a refused one leaves no trace."""
        known, refused = key in self.done, self.refused
        while key not in self.done and self.refused == refused:
            self._key, self._fuse = key, self.chooser.randrange(1, _MOST_STEPS)
            try:
                self.run(command, at_ms)
                self._burn()
                break
            except ProcessDied:
                self.crashes += 1
        if key in self.done and not known and command[0] in _SIGNS:
            self.told[command[0]] += _SIGNS[command[0]] * (command[2] + 1)

    def check(self) -> None:
        """Add all entries up again: to the sums, to the lots, and to what callers were told."""
        for name, again in self.add_up().items():
            assert replace(again, due_ms=0, lots={}) == replace(self.accounts[name], due_ms=0)
            assert dict(again.lots) == self.kept[name]
            assert self.open[name] == {lot.id for lot in again.lots.values() if lot.left}
            assert not (again.debt and sum(lot.free for lot in again.lots.values()))
            assert self.accounts[name].due_ms <= min(
                (lot.expires_ms for lot in again.lots.values() if lot.free), default=self.accounts[name].due_ms
            )
        for word in _SIGNS:
            assert sum(entry.amount for entry in self.of_kind(Kind(word))) == self.told[word], word
        moved = sum(entry.amount for entry in self.entries if entry.kind in (Kind.TRANSFER_IN, Kind.TRANSFER_OUT))
        assert moved == 0

    def _open(
        self,
        names: Collection[str],
        at_ms: int,
        named: Collection[tuple[str, str]] = (),
        *,
        first: int = 0,
        whole: bool = False,
    ) -> Book:
        self._burn()
        now_ms = max([at_ms, *(self.accounts[name].at_ms for name in names)])
        opened = []
        for name in names:
            account = self.accounts[name]
            lots = sorted((self.kept[name][lot] for lot in self.open[name]), key=in_spending_order)
            if not whole and account.due_ms > now_ms:
                lots = _first(lots, first, now_ms)
            lots += [self.kept[owner][lot] for owner, lot in named if owner == name]
            opened.append(replace(account, lots={lot.id: lot for lot in lots}))
        return Book(opened, at_ms)

    def _keep(self, book: Book) -> None:
        """Write in steps; nothing counts before the last one."""
        for _ in range(2 + len(book.entries)):
            self._burn()
        for name, account in book.accounts.items():
            self.kept[name].update(account.lots)
            self.open[name].update(lot.id for lot in account.lots.values() if lot.left)
            self.open[name].difference_update(lot.id for lot in account.lots.values() if not lot.left)
            self.accounts[name] = replace(account, lots={})
        self.entries.extend(book.entries)
        self.done.add(self._key)

    def _burn(self) -> None:
        self._fuse -= 1
        if self._fuse == 0:
            raise ProcessDied


def _first(lots: Iterable[Lot], amount: int, at_ms: int) -> list[Lot]:
    """The first lots that together have an amount."""
    ordered = list(lots)
    sums = accumulate((lot.available(at_ms) for lot in ordered), initial=0)
    return [lot for lot, before in zip(ordered, sums, strict=False) if before < amount]
