"""A book: the accounts that one operation works on, and the entries that it posts to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from hub.core.ledger import FOREVER_MS, Account, Entry, Kind, Lot, Move, Slice, Term, in_spending_order
from rules.ledger.posting import post
from rules.ledger.slices import cut, free, take


class Book:
    """Accounts of one asset, brought up to an instant: what was due until then is posted first.

    So the ledger is the same whether the job for expiry ran on time, late or never.

    Attributes:
        at_ms: when the operation takes effect; never before an entry that is there.
        entries: what was posted, in order.
    """

    def __init__(self, accounts: Iterable[Account], at_ms: int) -> None:
        self.accounts = {account.key: account for account in sorted(accounts, key=lambda account: account.key)}
        self.entries: list[Entry] = []
        self.at_ms = max([at_ms, *(account.at_ms for account in self.accounts.values())])
        for key, account in self.accounts.items():
            if account.due_ms <= self.at_ms:
                self._catch_up(key)

    def post(
        self,
        account: str,
        kind: Kind,
        moves: Sequence[Move] = (),
        *,
        opened: Sequence[Lot] = (),
        term: Term | None = None,
        debt: int = 0,
        hold: str | None = None,
        deadline_ms: int | None = None,
        at_ms: int | None = None,
    ) -> None:
        """Add an entry to an account, now unless told otherwise; raises as `posting.post`."""
        entry = Entry(
            account,
            self.next_number(account),
            self.at_ms if at_ms is None else at_ms,
            kind,
            tuple(moves),
            tuple(opened),
            term,
            debt,
            hold,
            deadline_ms,
        )
        self.accounts[account] = post(self.accounts[account], entry)
        self.entries.append(entry)

    def next_number(self, account: str) -> int:
        """The number of the account's next entry."""
        return self.accounts[account].entries + 1

    def available(self, accounts: Collection[str] | None = None) -> int:
        """What can be spent of accounts together, of all unless told which; debts are off."""
        return sum(self.accounts[key].available(self.at_ms) for key in self._among(accounts))

    def lots(self, accounts: Collection[str] | None = None) -> list[tuple[str, Lot]]:
        """The lots of accounts, each with its account, in spending order."""
        found = [(key, lot) for key in self._among(accounts) for lot in self.accounts[key].lots.values()]
        return sorted(found, key=lambda one: (one[1].expires_ms, one[1].earned_ms, one[0], one[1].id))

    def _among(self, accounts: Collection[str] | None) -> Collection[str]:
        return self.accounts if accounts is None else accounts

    def settle(self, account: str, *, at_ms: int | None = None) -> None:
        """Pay what an account owes from what is free, then end what is past its time.

        To be called where something became free: a debt is paid before anything expires.
        """
        at_ms = self.at_ms if at_ms is None else at_ms
        self._repay(account, at_ms)
        self._expire(account, at_ms)

    def _repay(self, key: str, at_ms: int) -> None:
        account = self.accounts[key]
        if not account.debt:
            return
        lots = sorted(account.lots.values(), key=lambda lot: (lot.pending_ms > at_ms, *in_spending_order(lot)))
        paid = min(account.debt, sum(lot.free for lot in lots))
        if paid:
            sources = [Slice(key, lot.id, lot.free) for lot in lots]
            self.post(key, Kind.REPAY, take(cut(sources, 0, paid)), debt=-paid, at_ms=at_ms)

    def _expire(self, key: str, at_ms: int) -> None:
        lots = sorted(self.accounts[key].lots.values(), key=in_spending_order)
        moves = [Move(lot.id, left=-lot.free) for lot in lots if lot.free and lot.expires_ms <= at_ms]
        if moves:
            self.post(key, Kind.EXPIRE, moves, at_ms=at_ms)

    def _catch_up(self, key: str) -> None:
        while (due := find_due(self.accounts[key])) <= self.at_ms:
            at_ms = max(due, self.accounts[key].at_ms)
            for operation, hold in sorted(self.accounts[key].holds.items()):
                if hold.deadline_ms <= at_ms:
                    self.post(key, Kind.LAPSE, free(hold.parts), hold=operation, at_ms=at_ms)
            self.settle(key, at_ms=at_ms)
        self.accounts[key] = replace(self.accounts[key], due_ms=due)


def find_due(account: Account) -> int:
    """When something expires or lapses next, by lots and holds; `FOREVER_MS` for never."""
    expiries = (lot.expires_ms for lot in account.lots.values() if lot.free)
    deadlines = (hold.deadline_ms for hold in account.holds.values())
    return min((*expiries, *deadlines), default=FOREVER_MS)
