"""Standings: the tier of each person as it was last told, so that only changes are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass
from typing import Final

from graph.database import Transaction
from graph.reading import Reader, read_rows
from graph.statement import Statement

_FETCH: Final = Statement(
    "standings.fetch",
    "read",
    """
    UNWIND $persons AS person
    MATCH (:Person {id: person})-[:STANDS]->(s:Standing {programme: $programme})
    RETURN person, s.tier, s.since_ms, s.drops_to, s.drops_ms
    """,
)
_PUT: Final = Statement(
    "standings.put",
    "write",
    """
    UNWIND $rows AS row
    MATCH (p:Person {id: row[0]})
    MERGE (s:Standing {key: $programme + '|' + row[0]})
    ON CREATE SET s.programme = $programme
    SET s.tier = row[1], s.since_ms = row[2], s.drops_to = row[3], s.drops_ms = row[4]
    MERGE (p)-[:STANDS]->(s)
    """,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's tier, since when, and the downgrade that was announced, if any."""

    tier: str
    since_ms: int
    drops_to: str | None = None
    drops_ms: int | None = None


async def fetch_standings(reader: Reader, programme: str, persons: Collection[str]) -> dict[str, Standing]:
    """What was last told of these persons, by id; those of whom nothing was are left out."""
    rows = await read_rows(reader, _FETCH, programme=programme, persons=sorted(persons))
    return {person: Standing(*standing) for person, *standing in rows}


async def put_standings(tx: Transaction, programme: str, standings: Iterable[tuple[str, Standing]]) -> None:
    """Keep what is told of persons (by id) from now on."""
    rows = [[person, *astuple(standing)] for person, standing in sorted(standings, key=lambda one: one[0])]
    await tx.run(_PUT, programme=programme, rows=rows)
