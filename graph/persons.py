"""Persons as they are asked for: by what is known of them, in pages, with everything their records say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from graph.database import Graph
from graph.evidence import decode_profile
from graph.reading import Reader, read_list, read_rows
from graph.statement import Statement

CLAIMS: Final = """
    [(r)-[c:CLAIMS]->(i:Identifier) |
     [i.type, i.scope, i.key, i.masked, c.source, c.verified, c.valid_from_ms, c.valid_to_ms, c.observed_ms]]
"""
"""What a statement returns of a record `r` as its claims, for `read_held_records`."""

_FIND_BY_BIRTH_ID: Final = Statement(
    "persons.find_by_birth_id",
    "read",
    """
    MATCH (r:Record {birth_id: $birth_id})
    OPTIONAL MATCH (r)-[:OF]->(p:Person)
    RETURN p.id, r.erased_ms IS NOT NULL
    """,
)
_FIND_BY_BIRTH_IDS: Final = Statement(
    "persons.find_by_birth_ids",
    "read",
    """
    UNWIND $ids AS id
    MATCH (r:Record {birth_id: id})
    OPTIONAL MATCH (r)-[:OF]->(p:Person)
    RETURN collect([id, p.id, r.erased_ms IS NOT NULL])
    """,
)
_FIND_BY_RECORD: Final = Statement(
    "persons.find_by_record", "read", "MATCH (:Record {key: $key})-[:OF]->(p:Person) RETURN p.id AS id"
)
_FIND_BY_RECORDS: Final = Statement(
    "persons.find_by_records",
    "read",
    "UNWIND $keys AS key MATCH (:Record {key: key})-[:OF]->(p:Person) RETURN collect([key, p.id])",
)
_FIND_BY_IDENTIFIERS: Final = Statement(
    "persons.find_by_identifiers",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[c:CLAIMS]-(:Record)-[:OF]->(p:Person)
    WHERE c.valid_to_ms IS NULL
    WITH DISTINCT key, p.id AS id ORDER BY id
    WITH key, collect(id) AS ids
    RETURN collect([key, ids[0..$limit]])
    """,
)
_FIND_PAGE_BOUND: Final = Statement(
    "persons.find_page_bound",
    "read",
    """
    MATCH (p:Person)
    WHERE p.id > $after AND EXISTS { (p)<-[:OF]-(:Record) }
    WITH p.id AS id LIMIT $limit
    RETURN max(id) AS bound
    """,
)
_FETCH_PAGE: Final = Statement(
    "persons.fetch_page",
    "read",
    """
    MATCH (p:Person)
    WHERE p.id > $after AND p.id <= $bound AND EXISTS { (p)<-[:OF]-(:Record) }
    WITH p.id AS id ORDER BY id LIMIT $limit
    RETURN collect([id])
    """,
)
_FETCH_PAGE_BEFORE: Final = Statement(
    "persons.fetch_page_before",
    "read",
    """
    MATCH (p:Person)
    WHERE p.id < $before AND EXISTS { (p)<-[:OF]-(:Record) }
    WITH p.id AS id ORDER BY id DESC LIMIT $limit
    RETURN collect([id])
    """,
)
_FETCH_EVIDENCE: Final = Statement(
    "persons.fetch_evidence",
    "read",
    """
    UNWIND $ids AS id
    MATCH (p:Person {id: id})<-[:OF]-(r:Record)
    WITH id, p, r, """
    + CLAIMS
    + """ AS claims
    RETURN collect([id, p.golden, r.system, r.external_id, r.birth_id, r.created_ms, r.profile, claims])
    """,
)
_FETCH_SEALED: Final = Statement(
    "persons.fetch_sealed",
    "read",
    "UNWIND $keys AS key MATCH (i:Identifier {key: key}) RETURN collect([key, i.sealed])",
)


class Born(NamedTuple):
    """What became of an id that was given out: the living person's id, None where the person is erased."""

    person_id: str | None
    erased: bool


class HeldClaim(NamedTuple):
    """A record's claim on an identifier, in showable form; `valid_to_ms` is None while the claim is live."""

    type: str
    scope: str
    identifier: str
    masked: str
    source: str
    verified: bool
    valid_from_ms: int
    valid_to_ms: int | None
    observed_ms: int

    def holds_at(self, at_ms: int) -> bool:
        """Whether it is valid at an instant."""
        return self.valid_from_ms <= at_ms and (self.valid_to_ms is None or at_ms < self.valid_to_ms)


class HeldRecord(NamedTuple):
    """A person's record with all that it says; `stored` is its profile as it is stored."""

    system: str
    external_id: str
    birth_id: str
    created_ms: int
    stored: str
    claims: tuple[HeldClaim, ...]

    @property
    def profile(self) -> dict[str, tuple[str, int]]:
        """By field (value, stated at in epoch ms)."""
        return decode_profile(self.stored)


@dataclass(frozen=True, slots=True)
class HeldPerson:
    """A person's stored golden record (see `hub.services.golden`) and their records by system and external id."""

    golden: str | None
    records: list[HeldRecord]


async def find_by_birth_id(reader: Reader, birth_id: str) -> Born | None:
    """What became of any id that was ever given out; None for one that never was."""
    rows = await read_rows(reader, _FIND_BY_BIRTH_ID, birth_id=birth_id)
    return Born(*rows[0]) if rows else None


async def find_by_birth_ids(graph: Graph, ids: Iterable[str]) -> dict[str, Born]:
    """What became of ids that were given out, by id; others are left out. One statement for all of them."""
    return {birth_id: Born(*born) for birth_id, *born in await read_list(graph, _FIND_BY_BIRTH_IDS, ids=list(ids))}


async def find_by_record(graph: Graph, key: str) -> str | None:
    """The id of the person whom a record belongs to, by the record's key."""
    rows = await graph.read(_FIND_BY_RECORD, key=key)
    return rows[0]["id"] if rows else None


async def find_by_records(graph: Graph, keys: Iterable[str]) -> dict[str, str]:
    """The same of several records, by their keys. One statement for all of them."""
    return dict(await read_list(graph, _FIND_BY_RECORDS, keys=list(keys)))


async def find_by_identifiers(graph: Graph, keys: Iterable[str], *, limit: int) -> dict[str, tuple[str, ...]]:
    """The first who hold each identifier now, by its hashed key: ids in order; ended claims do not count."""
    rows = await read_list(graph, _FIND_BY_IDENTIFIERS, keys=list(keys), limit=limit)
    return {key: tuple(ids) for key, ids in rows}


async def fetch_page(graph: Graph, *, after: str, limit: int) -> list[str]:
    """Ids of persons with records behind `after` (empty: from the first), oldest first. Two statements."""
    # ArcadeDB sorts everybody behind `after` to find the first few. Any `limit` of them bound where those can be:
    # read off the index they are the very ones, and whatever they are, the sorted page cannot lie beyond the last.
    [found] = await graph.read(_FIND_PAGE_BOUND, after=after, limit=limit)
    if found["bound"] is None:
        return []
    rows = await read_list(graph, _FETCH_PAGE, after=after, bound=found["bound"], limit=limit)
    return sorted(person for [person] in rows)


async def fetch_page_before(graph: Graph, *, before: str | None, limit: int) -> list[str]:
    """Ids of the last persons with records before `before` (None: of all), oldest first.

    ArcadeDB sorts everybody before it to find them.
    """
    # Ids are of digits and capital letters, so that all of them precede a small one.
    rows = await read_list(graph, _FETCH_PAGE_BEFORE, before="a" if before is None else before, limit=limit)
    return sorted(person for [person] in rows)


async def fetch_evidence(graph: Graph, ids: Iterable[str]) -> dict[str, HeldPerson]:
    """Persons with their evidence; unknown ids are left out. One statement for all of them."""
    rows: dict[str, list[list[Any]]] = {}
    golden: dict[str, str | None] = {}
    for person, stored, *row in await read_list(graph, _FETCH_EVIDENCE, ids=list(ids)):
        rows.setdefault(person, []).append(row)
        golden[person] = stored
    return {person: HeldPerson(golden[person], read_held_records(told)) for person, told in rows.items()}


def read_held_records(rows: Iterable[Sequence[Any]]) -> list[HeldRecord]:
    """The records of one person, in their order."""
    records = [HeldRecord._make((*row, tuple(map(HeldClaim._make, claims)))) for *row, claims in rows]
    return sorted(records, key=lambda record: (record.system, record.external_id))


async def fetch_sealed(graph: Graph, keys: Iterable[str]) -> dict[str, str | None]:
    """The encrypted values of identifiers, by their hashed keys; None for one that is kept without its value."""
    return {row[0]: row[1] for row in await read_list(graph, _FETCH_SEALED, keys=list(keys))}
