"""Grants that came of the tiers that systems state of their records, beside those given by hand.

They are known by `stated_ms`, which is when the tier was stated last, with `stated_to_ms` for its end: another one than
`to_ms` where it was ended by hand. `number` counts those of a record. A record of which only the lowest tier was stated
has none, and `no_tier_ms`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple

from graph.database import Transaction
from graph.ledger_rows import operation_row
from graph.statement import Statement
from hub.core.ledger import Operation

_FETCH: Final = Statement(
    "stated_tiers.fetch",
    "read",
    """
    UNWIND $records AS key
    MATCH (r:Record {key: key})-[:OF]->(p:Person)
    RETURN key, r.birth_id, p.id, r.no_tier_ms,
           [(r)-[:HAS]->(g:TierGrant) WHERE g.programme = $programme AND g.stated_ms IS NOT NULL |
            [g.number, g.key, g.tier, g.from_ms, g.to_ms, g.stated_to_ms, g.stated_ms]] AS grants
    """,
)
_NOTE: Final = Statement(
    "stated_tiers.note",
    "write",
    """
    UNWIND $rows AS row
    MATCH (g:TierGrant {key: row[0]})
    SET g.to_ms = row[1], g.stated_to_ms = row[2], g.stated_ms = row[3]
    """,
)
_NOTE_NONE: Final = Statement(
    "stated_tiers.note_none",
    "write",
    "UNWIND $rows AS row MATCH (r:Record {key: row[0]}) SET r.no_tier_ms = row[1]",
)
_OPEN: Final = Statement(
    "stated_tiers.open",
    "write",
    """
    UNWIND $rows AS row
    MATCH (r:Record {birth_id: row[0]})
    CREATE (r)-[:HAS]->(g:TierGrant) SET g = row[1]
    CREATE (o:Operation) SET o = row[2]
    """,
)


class LastGrant(NamedTuple):
    """The last grant of a record that came of a statement; `number` is its place among these, from 1."""

    number: int
    key: str
    tier: str
    from_ms: int
    to_ms: int | None
    stated_to_ms: int | None
    stated_ms: int


@dataclass(frozen=True, slots=True)
class TierRecord:
    """A living record and the last grant that came of a statement, if any did.

    Attributes:
        none_ms: when it was stated last that it has no tier but the lowest, before any grant came of a statement.
    """

    record: str
    birth_id: str
    person: str
    none_ms: int | None
    last: LastGrant | None


class OpenedGrant(NamedTuple):
    """A grant to hang on a record, with the operation that brings it."""

    birth_id: str
    properties: dict[str, Any]
    operation: Operation


async def fetch_last(tx: Transaction, programme: str, records: Collection[str]) -> list[TierRecord]:
    """What was stated last of each record that lives, by key."""
    rows = await tx.run(_FETCH, programme=programme, records=sorted(records))
    return [
        TierRecord(key, birth_id, person, none_ms, _find_last(grants))
        for key, birth_id, person, none_ms, grants in rows
    ]


async def note_stated(tx: Transaction, ends: Iterable[tuple[str, int | None, int | None, int]]) -> None:
    """Say of grants (by key) where they end now, where they do by what was stated, and when that was."""
    if rows := sorted((list(end) for end in ends), key=itemgetter(0)):
        await tx.run(_NOTE, rows=rows)


async def note_none(tx: Transaction, stated: Iterable[tuple[str, int]]) -> None:
    """Say of records (by key) without a grant when it was stated that they have no tier but the lowest."""
    if rows := sorted(list(one) for one in stated):
        await tx.run(_NOTE_NONE, rows=rows)


async def open_grants(tx: Transaction, opened: Iterable[OpenedGrant]) -> None:
    """Hang new grants on records, and keep their operations."""
    if rows := [[one.birth_id, one.properties, operation_row(one.operation)] for one in opened]:
        await tx.run(_OPEN, rows=rows)


def _find_last(grants: Iterable[list[Any]]) -> LastGrant | None:
    return max((LastGrant(*one) for one in grants), key=attrgetter("number"), default=None)
