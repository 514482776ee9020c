"""Opening balances of records that the hub has never heard of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graph.first_accounts import FirstAccount
from graph.openings import LockedAccount
from graph.postings import Posting
from hub.core.ledger import Account
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
) -> Iterator[FirstAccount]:
    """The accounts that `open_balances` would open by these facts, for records that are new.

    Args:
        births: the id that each record brings, by its key.
        places: its person.
    """
    for (record, asset), stated in find_last_said(facts).items():
        key = f"{programme.name}|{asset}|{births[record]}"
        nothing = LockedAccount(record, asset, places[record], None, 0, (), Account(key))
        if stated.outdates(nothing):
            account, operation, entries = bring(programme, nothing, stated, at_ms)
            lots = tuple(part.lot for part in operation.slices) if operation else ()
            amount, stated_ms = stated.balance.amount, stated.holdings.observed_ms
            yield FirstAccount(record, asset, account, amount, stated_ms, lots, Posting(operation, entries))
