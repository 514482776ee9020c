"""A person's ledger, newest first: what happened to which of their records' accounts, when and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph import balances
from graph.database import Graph
from graph.ledger_history import TracedEntry, fetch_last
from graph.ledger_past import count_until
from hub.core.errors import InvalidInput
from hub.core.ledger import FOREVER_MS
from hub.services.ledger.balance import explain_absence
from hub.services.ledger.past import list_changed, make_ends
from hub.services.ledger.request import find_asset
from rules.programme import Programme

MOST_LISTED = 500

Place = Mapping[str, int]
"""A place in a ledger: by account the number of the newest entry that comes next, 0 for none.

Entries that arrive later have greater numbers, so that they move no place.
"""


@dataclass(frozen=True, slots=True)
class History:
    """A page of entries, newest first.

    Attributes:
        records: whose each account is, by its key.
        before: what to pass for the next page; empty where this is the last.
    """

    person: str
    entries: tuple[TracedEntry, ...]
    records: Mapping[str, str]
    before: Place


async def fetch_history(
    graph: Graph,
    programme: Programme,
    person: str,
    asset: str,
    *,
    limit: int = 50,
    before: Place | None = None,
    until_ms: int = FOREVER_MS,
) -> History:
    """The entries of all accounts behind any id that the hub gave out; two statements a page.

    `until_ms`: only what had taken effect by then; finding that takes `count_until`'s statements more.

    Raises:
        UnknownPerson, Erased: nobody living is behind the id.
        InvalidInput: a page of no or too many entries, or no such asset.
    """
    if not 0 < limit <= MOST_LISTED:
        raise InvalidInput(f"A page has 1 to {MOST_LISTED} entries.")
    known = find_asset(programme, asset)
    found = (await balances.fetch_all(graph, [person])).get(person)
    if found is None:
        raise await explain_absence(graph, person)
    held = [one for one in found.accounts if (one.programme, one.asset) == (programme.name, known.name)]
    start = begin(make_ends(held, await count_until(graph, list_changed(held, until_ms))), before)
    [page] = await fetch_pages(graph, [start], limit=limit)
    rest = {key: number for key, number in pass_over(start, page).items() if number}
    return History(found.person, tuple(page), {one.account.key: str(one.record) for one in held}, rest)


def begin(held: Place, before: Place | None) -> Place:
    """Where a page begins: at a place that was given out before, as far as its accounts are still held, or at the end.

    `held` has the number of entries of each account that is held now.
    """
    return held if before is None else {key: min(before[key], held[key]) for key in before.keys() & held.keys()}


def pass_over(place: Place, entries: Iterable[TracedEntry]) -> dict[str, int]:
    """The place behind entries that follow each other from another."""
    rest = dict(place)
    for one in entries:
        rest[one.entry.account] = one.entry.number - 1
    return rest


async def fetch_pages(graph: Graph, starts: Sequence[Place], *, limit: int) -> list[list[TracedEntry]]:
    """The next entries from each place, newest first, at most `limit`; one statement for all of them."""
    found = await fetch_last(graph, [part for start in starts for part in start.items()], each=limit)
    by_account: dict[str, list[TracedEntry]] = {}
    for one in found:
        by_account.setdefault(one.entry.account, []).append(one)
    return [_cut(start, by_account, limit) for start in starts]


async def fetch_pages_before(graph: Graph, starts: Sequence[Place], *, limit: int) -> list[list[TracedEntry]]:
    """The entries just newer than each place, newest first, at most `limit`; one statement for all of them."""
    wanted = [(account, last + limit) for start in starts for account, last in start.items()]
    found = await fetch_last(graph, wanted, each=limit)
    pages = []
    for start in starts:
        page = [one for one in found if one.entry.number > start.get(one.entry.account, one.entry.number)]
        pages.append(sorted(page, key=_order, reverse=True)[-limit:])
    return pages


def _order(one: TracedEntry) -> tuple[int, str, int]:
    return one.entry.at_ms, one.entry.account, one.entry.number


def _cut(start: Place, by_account: Mapping[str, list[TracedEntry]], limit: int) -> list[TracedEntry]:
    page = [one for key, last in start.items() for one in by_account.get(key, ()) if one.entry.number <= last]
    page.sort(key=_order, reverse=True)
    return page[:limit]
