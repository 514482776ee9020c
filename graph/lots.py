"""Lots as they are read: by key, and page by page those of which something is left, the soonest to expire first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, LiteralString, NamedTuple, Self

from graph.ledger_rows import LOT_COLUMNS, read_lot
from graph.reading import Reader, read_list
from graph.statement import Statement
from hub.core.ledger import Lot

# Behind every id of a lot, which is of digits and a point.
_BEHIND: Final = "~"


def _fetch_pages(name: LiteralString, order: LiteralString) -> Statement:
    """Read the first open lots of ranges, from their accounts: ArcadeDB uses no index for a range that a row names."""
    return Statement(
        name,
        "read",
        """
    UNWIND $rows AS row
    MATCH (a:Account {key: row[1]})
    CALL (row, a) {
        MATCH (a)-[:OPEN]->(l:Lot) WHERE l.place > row[2] AND l.place < row[3]
        RETURN l ORDER BY l.place """
        + order
        + """ LIMIT $limit
    }
    RETURN collect([row[0], """
        + LOT_COLUMNS
        + "])",
    )


_FETCH_PAGES: Final = _fetch_pages("lots.fetch_pages", "ASC")
_FETCH_PAGES_BACKWARD: Final = _fetch_pages("lots.fetch_pages_backward", "DESC")
_FETCH: Final = Statement(
    "lots.fetch", "read", "UNWIND $keys AS key MATCH (l:Lot {key: key}) RETURN collect([key, " + LOT_COLUMNS + "])"
)


class LotPlace(NamedTuple):
    """What sorts lots of several accounts, the soonest to expire first."""

    expires_ms: int
    earned_ms: int
    account: str
    lot: str

    @classmethod
    def of(cls, account: str, lot: Lot) -> Self:
        """The place of an account's lot."""
        return cls(lot.expires_ms, lot.earned_ms, account, lot.id)

    def within(self, account: str) -> str:
        """The same among the lots of one account: whichever of these are before it here are before it there."""
        lot = self.lot if account == self.account else "" if account > self.account else _BEHIND
        return f"{account}|{self.expires_ms:015d}|{self.earned_ms:015d}|{lot}"


class LotRange(NamedTuple):
    """An account's lots that end after an instant, beyond a place where there is one, before it if `backward`."""

    account: str
    at_ms: int
    place: LotPlace | None
    backward: bool = False

    def bounds(self) -> tuple[str, str]:
        """The places between which they are."""
        first, last = f"{self.account}|{self.at_ms:015d}|{_BEHIND}", f"{self.account}}}"
        if self.place is None:
            return first, last
        place = self.place.within(self.account)
        return (first, min(place, last)) if self.backward else (max(place, first), last)


async def fetch_pages(
    reader: Reader, ranges: Sequence[LotRange], *, limit: int, backward: bool = False
) -> list[list[Lot]]:
    """The first or the last lots of each range, at most `limit`, in no order; one statement for all of them."""
    rows = [[number, one.account, *one.bounds()] for number, one in enumerate(ranges)]
    pages: list[list[Lot]] = [[] for _ in ranges]
    statement = _FETCH_PAGES_BACKWARD if backward else _FETCH_PAGES
    for number, fields in await read_list(reader, statement, rows=rows, limit=limit):
        pages[number].append(read_lot(fields))
    return pages


async def fetch_lots(reader: Reader, keys: Iterable[str]) -> dict[str, Lot]:
    """Lots by their keys, whatever is left of them; one statement for all of them."""
    found: list[list[Any]] = await read_list(reader, _FETCH, keys=list(keys))
    return {key: read_lot(fields) for key, fields in found}
