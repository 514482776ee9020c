"""Entries as they are read back: the last ones of some accounts, found by their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from graph.ledger_rows import entry_key, read_entry
from graph.reading import Reader, read_rows
from graph.statement import Statement
from hub.core.ledger import Entry

_PAGE: Final = 2000

_FETCH: Final = Statement(
    "ledger_history.fetch",
    "read",
    """
    UNWIND $keys AS key
    MATCH (e:Entry {key: key})
    OPTIONAL MATCH (o:Operation {key: e.operation})
    RETURN [e.key, e.at_ms, e.kind, e.body] AS entry, e.operation AS operation, o.cause AS cause, o.rule AS rule,
           o.author AS author, o.reason AS reason
    """,
)


class TracedEntry(NamedTuple):
    """An entry with what brought it about; `operation` is None where time did."""

    entry: Entry
    operation: str | None
    cause: str
    rule: str
    author: str
    reason: str


class EntryRange(NamedTuple):
    """Entries of an account, from a number to another."""

    account: str
    first: int
    last: int

    @property
    def numbers(self) -> range:
        """All of them."""
        return range(self.first, self.last + 1)


async def fetch_ranges(reader: Reader, ranges: Sequence[EntryRange]) -> list[list[TracedEntry]]:
    """The entries of each range, in their order; a statement for every 2,000 entries of all ranges together."""
    keys = sorted({entry_key(one.account, number) for one in ranges for number in one.numbers})
    found: dict[tuple[str, int], TracedEntry] = {}
    for start in range(0, len(keys), _PAGE):
        rows = await read_rows(reader, _FETCH, keys=keys[start : start + _PAGE])
        read = (_read(row.data()) for row in rows)
        found.update(((one.entry.account, one.entry.number), one) for one in read)
    return [[found[one.account, number] for number in one.numbers] for one in ranges]


async def fetch_last(reader: Reader, upto: Iterable[tuple[str, int]], *, each: int) -> list[TracedEntry]:
    """For accounts and numbers the entries up to there, the last `each` of them; in no order, each once."""
    keys = {entry_key(account, number) for account, last in upto for number in range(max(last - each, 0) + 1, last + 1)}
    if not keys:
        return []
    return [_read(row.data()) for row in await read_rows(reader, _FETCH, keys=sorted(keys))]


def _read(row: Mapping[str, Any]) -> TracedEntry:
    texts = (row[name] or "" for name in ("cause", "rule", "author", "reason"))
    return TracedEntry(read_entry(*row["entry"]), row["operation"], *texts)
