"""A person's ledger, newest first: what happened to which of their records' accounts, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph import balances
from graph.database import Graph
from graph.ledger_history import TracedEntry, fetch_last
from hub.core.errors import InvalidInput
from hub.services.ledger.balance import explain_absence
from hub.services.ledger.request import find_asset
from rules.programme import Programme

MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class History:
    """A page of entries, newest first.

    Attributes:
        before: what to pass for the next page; empty where this is the last.
    """

    person: str
    entries: tuple[TracedEntry, ...]
    before: Mapping[str, int]


async def fetch_history(
    graph: Graph,
    programme: Programme,
    person: str,
    asset: str,
    *,
    limit: int = 50,
    before: Mapping[str, int] | None = None,
) -> History:
    """The entries of all accounts behind any id that the hub gave out; two statements a page.

    Entries that arrive meanwhile do not move the pages, because a page begins at a number of each account.

    Raises:
        NotFound, Erased: nobody living is behind the id.
        InvalidInput: a page of no or too many entries, or no such asset.
    """
    if not 0 < limit <= MOST_LISTED:
        raise InvalidInput(f"A page has 1 to {MOST_LISTED} entries.")
    known = find_asset(programme, asset)
    found = await balances.fetch_accounts(graph, person, programme.name)
    if found is None:
        raise await explain_absence(graph, person)
    held = {account.key: account.entries for account in found.accounts.get(known.name, ())}
    upto = held if before is None else {key: min(number, held.get(key, 0)) for key, number in before.items()}
    entries = await fetch_last(graph, upto, each=limit)
    entries.sort(key=lambda one: (one.entry.at_ms, one.entry.account, one.entry.number), reverse=True)
    page = tuple(entries[:limit])
    rest = dict(upto)
    for one in page:
        rest[one.entry.account] = min(rest[one.entry.account], one.entry.number - 1)
    return History(found.person, page, {key: number for key, number in rest.items() if number})
