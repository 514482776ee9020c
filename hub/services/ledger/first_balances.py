"""Opening balances of records that the hub has never heard of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graph.first_accounts import FirstAccount
from graph.openings import LockedAccount
from hub.core.ledger import Account, AccountKey
from hub.services.facts import CustomerFact
from hub.services.ledger.stating import bring, find_last_said
from rules.programme import Programme


def state_first(
    programme: Programme,
    facts: Iterable[CustomerFact],
    births: Mapping[str, str],
    places: Mapping[str, str],
    *,
    at_ms: int,
) -> Iterator[tuple[str, FirstAccount]]:
    """The accounts that `open_balances` would open by these facts, for records that are new, each with its record.

    Args:
        births: the id that each record brings, by its key.
        places: its person.
    """
    for (record, asset), stated in find_last_said(facts).items():
        key = str(AccountKey(programme.name, asset, births[record]))
        nothing = LockedAccount(record, asset, places[record], None, 0, (), Account(key))
        account, operation, entries = bring(programme, nothing, stated, at_ms)
        if operation is not None:
            [lot] = account.lots.values()
            yield record, FirstAccount(account, lot, tuple(entries), operation, stated.holdings.observed_ms)
