"""The ledger of somebody who is erased: what was written beside its entries goes, the entries themselves stay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from graph import ledger_words
from graph.database import Transaction
from graph.ledger_words import Written
from hub.core.ledger import Account
from hub.services.ledger.callers import ORDERS
from hub.services.personal_data.scrub import ERASED


async def scrub_ledger(tx: Transaction, accounts: Collection[Account], facts: Collection[str]) -> None:
    """Replace reasons, causes and origins of accounts and of facts of a membership, by the keys of their operations.

    What orders posted names orders only, which stay as nobody's. Who did something by hand stays, as in decisions.
    """
    written = [one for one in await ledger_words.fetch_written(tx, accounts) if not _is_of_order(one)]
    operations = {one.operation for one in written if one.operation is not None}
    await ledger_words.replace_in_operations(tx, operations | set(facts), ERASED)
    await ledger_words.replace_origins(
        tx, [_scrub(one) for one in written if any(lot.origin for lot in one.entry.opened)]
    )


def _is_of_order(one: Written) -> bool:
    return one.operation is not None and one.operation.startswith(f"{ORDERS}|")


def _scrub(one: Written) -> Written:
    opened = tuple(replace(lot, origin=ERASED if lot.origin else "") for lot in one.entry.opened)
    return one._replace(entry=replace(one.entry, opened=opened))
