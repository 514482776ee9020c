"""Opening balances: what systems say that their records held before the hub, from files of customers.

The last statement counts, by the instant that it carries; among equal instants the one that is imported last. The first
opens the account with a lot. A later one that differs is a correction: what is more is adjusted, what is less is taken
back from the lots that statements opened. So a file that is imported again changes nothing, and files may come in any
order.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph import openings
from graph.database import Transaction
from graph.openings import LockedAccount
from graph.postings import Posting, write_accounts
from hub.core.ledger import Slice
from hub.services.facts import CustomerFact
from hub.services.ledger.stating import BalanceStatement, bring, find_last_said
from rules.programme import Programme


async def open_balances(
    tx: Transaction, programme: Programme, facts: Iterable[CustomerFact], *, at_ms: int
) -> list[str]:
    """Bring accounts to what their records' systems say; gives the record of each that was opened or corrected.

    To be called in the transaction that stores the facts, after them. Five statements at most, however many there are;
    one where nothing is new, none where nothing is said.
    """
    stated = find_last_said(facts)
    if not stated:
        return []
    known = await openings.fetch_said(tx, programme.name, sorted(stated))
    if not (new := [one for one in known if stated[one.record, one.asset].outdates(one)]):
        return []
    locked = await openings.lock_accounts(tx, programme.name, new)
    # Another import may have said more before our lock.
    new_locked = [one for one in locked if stated[one.record, one.asset].outdates(one)]
    lowered = [one for one in new_locked if stated[one.record, one.asset].more_than(one) < 0]
    shown = {one.account.key: one for one in await openings.show_stated_lots(tx, lowered)}
    new_locked = [shown.get(one.account.key, one) for one in new_locked]
    done = [bring(programme, one, stated[one.record, one.asset], at_ms) for one in new_locked]
    before = {one.account.key: one.account for one in new_locked}
    postings = [Posting(operation, entries, earned=False) for _, operation, entries in done]
    await write_accounts(tx, before, {account.key: account for account, _, _ in done}, postings)
    opened = [operation.slices if operation else () for _, operation, _ in done]
    noted = zip(new_locked, opened, strict=True)
    await openings.note_said(tx, [_note(one, stated[one.record, one.asset], slices) for one, slices in noted])
    return [one.record for one, (_, operation, _) in zip(new_locked, done, strict=True) if operation is not None]


def _note(one: LockedAccount, stated: BalanceStatement, opened: Iterable[Slice]) -> tuple[str, int, int, Iterable[str]]:
    lots = (*one.lots, *(part.lot for part in opened))
    return one.account.key, stated.balance.amount, stated.holdings.observed_ms, lots
