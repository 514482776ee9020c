"""A batch of orders in one transaction of a few statements, however many orders and people it is about.

Persons whose days are limited are locked first, then the orders, then the accounts that anything is posted to, in the
order of their keys. Each account has a book of its own: what happened to another one must not bring its time forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from graph import account_batches, order_points
from graph.account_batches import Asked
from graph.database import Transaction
from graph.postings import Posting, write_accounts
from hub.core.errors import HubError
from hub.core.ledger import FOREVER_MS, Account, AccountKey
from hub.core.order_points import OrderPoints
from hub.services.ledger.request import find_asset
from hub.services.order_points.awards import Earned, find_earned
from hub.services.order_points.days import lock_limited
from hub.services.order_points.earner import Earner
from hub.services.order_points.operation import make_operation, name_operations
from rules.ledger.book import Book
from rules.ledger.expiry import expires_ms
from rules.orders.difference import Give, Step, TakeBack, Target, find_pending_ms, find_steps
from rules.orders.posting import LotTerms, Posted, Poster

ASSET = "points"


@dataclass(frozen=True, slots=True)
class BatchDone:
    """How many orders were looked at, operations posted, and orders that the ledger or the rules refused."""

    orders: int = 0
    operations: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class _Due:
    """An order of which something has to be posted."""

    earned: Earned
    target: Target
    steps: tuple[Step, ...]


async def settle_batch(tx: Transaction, earner: Earner, keys: Sequence[str], now_ms: int) -> BatchDone:
    """Settle those of the orders that are marked, and take off their marks."""
    locked = await lock_limited(tx, earner, keys)
    taken = await order_points.take_orders(tx, keys)
    earned = await find_earned(tx, earner, taken, locked)
    due = [_compare(one, now_ms) for one in earned]
    before = await _open(tx, earner, [one for one in due if one.steps], now_ms)
    batch = _Batch(before, now_ms)
    after = {one.earned.order.state.key: batch.settle(one) for one in due}
    if batch.postings:
        await write_accounts(tx, batch.before, batch.accounts, batch.list_postings())
    await _put(tx, earner, earned, after)
    refused = sum(bool(points.refused) for points in after.values())
    return BatchDone(len(taken), len(batch.postings), refused)


def _compare(one: Earned, now_ms: int) -> _Due:
    programme, owner = one.programme, one.order.owner
    account = None if owner is None else str(AccountKey(programme.name, ASSET, owner.birth_id))
    target = Target(account, one.kept, find_pending_ms(one.order.state, programme.orders, programme.zone))
    return _Due(one, target, tuple(find_steps(one.points, target, now_ms)) if not one.points.refused else ())


async def _open(tx: Transaction, earner: Earner, due: Iterable[_Due], now_ms: int) -> list[Account]:
    asked: dict[str, Asked] = {}
    for one in due:
        for step in one.steps:
            wanted = _ask(one, step)
            held = asked.get(wanted.key, wanted)
            asked[wanted.key] = Asked(
                wanted.key, held.record or wanted.record, held.whole or wanted.whole, held.lots + wanted.lots
            )
    if not asked:
        return []
    name = earner.programme.name
    return await account_batches.open_many(
        tx, list(asked.values()), programme=name, asset=ASSET, at_ms=now_ms, never_ms=FOREVER_MS
    )


def _ask(one: _Due, step: Step) -> Asked:
    """What a step needs of its account. What is taken back may be owed, and then everything in the account pays."""
    key, owner = _account_of(step), one.earned.order.owner
    record = owner.record if owner is not None and key == one.target.account else None
    lots = () if isinstance(step, Give) else (step.lot.lot,)
    return Asked(key, record, isinstance(step, TakeBack), lots)


def _account_of(step: Step) -> str:
    return step.account if isinstance(step, Give) else step.lot.account


async def _put(tx: Transaction, earner: Earner, earned: Iterable[Earned], after: dict[str, OrderPoints]) -> None:
    name = earner.programme.name
    changed = {
        one.order.state.key: {**one.order.points, name: after[one.order.state.key]}
        for one in earned
        if after[one.order.state.key] != one.order.points.get(name)
    }
    if changed:
        await order_points.put_points(tx, changed)


def _before(earned: Earned) -> OrderPoints:
    """What is kept of an order where nothing of what it earns now could be posted."""
    unposted = OrderPoints(earned.points.version, "", earned.points.paid_ms, {}, "")
    return earned.order.points.get(earned.programme.name, unposted)


class _Batch:
    """The accounts of a batch, and what was posted to them."""

    def __init__(self, before: Iterable[Account], now_ms: int) -> None:
        self.before = {account.key: account for account in before}
        self.postings: list[Posting] = []
        self._books = {key: Book([account], now_ms) for key, account in self.before.items()}
        self._caught_up = [entry for book in self._books.values() for entry in book.entries]

    @property
    def accounts(self) -> dict[str, Account]:
        """What became of them."""
        return {key: book.accounts[key] for key, book in self._books.items()}

    def list_postings(self) -> list[Posting]:
        """What was done, and what was due by itself."""
        return [Posting(None, self._caught_up), *self.postings]

    def settle(self, due: _Due) -> OrderPoints:
        """Post what is due for an order; where that is refused nothing of it, and the points say why."""
        points, order = due.earned.points, due.earned.order
        if points.refused:
            return points
        if not due.steps:
            return replace(points, kept=due.target.kept)
        books = [self._books[account] for account in {_account_of(step) for step in due.steps}]
        saved = [(dict(book.accounts), len(book.entries)) for book in books]
        try:
            after, done = self._post(due)
        except HubError as error:
            for book, (accounts_before, entries) in zip(books, saved, strict=True):
                book.accounts = accounts_before
                del book.entries[entries:]
            return replace(_before(due.earned), refused=error.code)
        person = None if order.owner is None else order.owner.person
        for one in done:
            operation = make_operation(due.earned.programme, order.state.key, person, points.rule, one)
            self.postings.append(Posting(operation, one.entries))
        return after

    def _post(self, due: _Due) -> tuple[OrderPoints, list[Posted]]:
        points, order, programme = due.earned.points, due.earned.order.state.key, due.earned.programme
        asset = find_asset(programme, ASSET)
        lots = LotTerms(points.paid_ms, expires_ms(asset.expiry, points.paid_ms, programme.zone), order)
        names = name_operations(programme.name, order, points.steps)
        return Poster(self._books, asset.terms).post(points, due.target, due.steps, lots, names)
