"""Entries by the instants at which they took effect: how many there were by then, and the first ones of accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final, NamedTuple

from graph.ledger_rows import entry_key, read_entry
from graph.reading import Reader, read_list
from graph.statement import Statement
from hub.core.ledger import Entry

_PROBES: Final = 50
"""So many entries of an account are looked at by one statement: all of a short history, a hundred thousand by three."""

_PAGE: Final = 2000

_FETCH_INSTANTS: Final = Statement(
    "ledger_past.fetch_instants",
    "read",
    "UNWIND $keys AS key MATCH (e:Entry {key: key}) RETURN collect([e.key, e.at_ms])",
)
_FETCH_ENTRIES: Final = Statement(
    "ledger_past.fetch_entries",
    "read",
    "UNWIND $keys AS key MATCH (e:Entry {key: key}) RETURN collect([e.key, e.at_ms, e.kind, e.body])",
)


class Until(NamedTuple):
    """An account, how many entries it has by now, and an instant."""

    account: str
    entries: int
    at_ms: int


class _Bounds(NamedTuple):
    """The entry `known` took effect by the instant (0: none is known to have), `later` after it."""

    known: int
    later: int

    def choose(self) -> list[int]:
        """Some numbers between, evenly apart; all of them where they are few."""
        between = self.later - self.known - 1
        steps = min(between, _PROBES)
        return [self.known + (between + 1) * step // (steps + 1) for step in range(1, steps + 1)]


async def count_until(reader: Reader, asked: Iterable[Until]) -> dict[Until, int]:
    """How many entries accounts had at instants.

    An account's entries take effect in the order of their numbers, so that a few are looked at in each round: one
    statement for 50 entries, two for 2,600, three for 130,000, however many accounts there are.
    """
    bounds = {one: _Bounds(0, one.entries + 1) for one in asked}
    while open_ones := {one: found for one, found in bounds.items() if found.later - found.known > 1}:
        chosen = {one: found.choose() for one, found in open_ones.items()}
        keys = {entry_key(one.account, number) for one, numbers in chosen.items() for number in numbers}
        rows = await read_list(reader, _FETCH_INSTANTS, keys=sorted(keys))
        instants = {row[0]: row[1] for row in rows}
        for one, numbers in chosen.items():
            bounds[one] = _narrow(bounds[one], one, numbers, instants)
    return {one: found.known for one, found in bounds.items()}


def _narrow(bounds: _Bounds, asked: Until, numbers: Iterable[int], instants: Mapping[str, int]) -> _Bounds:
    known, later = bounds
    for number in numbers:
        if instants[entry_key(asked.account, number)] <= asked.at_ms:
            known = max(known, number)
        else:
            later = min(later, number)
    return _Bounds(known, later)


async def stream_first(reader: Reader, counts: Mapping[str, int]) -> AsyncIterator[Entry]:
    """The first entries of accounts, so many of each, by account and number; a statement for every 2,000 of them."""
    keys = [entry_key(account, number) for account in sorted(counts) for number in range(1, counts[account] + 1)]
    for start in range(0, len(keys), _PAGE):
        rows = await read_list(reader, _FETCH_ENTRIES, keys=keys[start : start + _PAGE])
        for row in sorted(rows):
            yield read_entry(*row)
