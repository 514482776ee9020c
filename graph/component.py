"""Records with all that counts for who they are, read hop by hop: the raw material of a component."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from neo4j import Record

from graph.database import Graph
from graph.evidence import IdentifierState, decode_profile
from graph.reading import Reader, read_rows
from graph.statement import Statement
from graph.text_ranges import reach

# ArcadeDB and Neo4j both read the pattern comprehensions of a record faster than separate matches.
_MEMBER: Final = """
    MATCH (r)-[o:OF]->(p:Person)
    RETURN r.key, r.birth_id, p.id, p.revision, COUNT { (p)<-[:OF]-() }, p.golden, o.since_ms, r.profile, r.pins,
           [(r)-[c:CLAIMS]->(i:Identifier) WHERE c.valid_to_ms IS NULL |
            [i.key, i.type, i.scope, c.valid_from_ms, c.observed_ms, c.verified,
             i.live, i.blocked, i.lifted, i.releases, i.cases]],
           [(r)-[d:RULED]-(other:Record) | [d.decision, d.apart, other.key, d.basis]]
    """
_FETCH_BY_IDENTIFIERS: Final = Statement(
    "component.fetch_by_identifiers",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[held:CLAIMS]-(holder:Record)
    WHERE held.valid_to_ms IS NULL
    WITH DISTINCT holder AS r
    """
    + _MEMBER,
)
_FETCH_BY_RECORDS: Final = Statement(
    "component.fetch_by_records", "read", "UNWIND $keys AS key MATCH (r:Record {key: key})" + _MEMBER
)
_FETCH_BY_PERSONS: Final = Statement(
    "component.fetch_by_persons",
    "read",
    "UNWIND $keys AS id MATCH (:Person {id: id})<-[:OF]-(r:Record) WITH DISTINCT r" + _MEMBER,
)
_FIND_PAGE_BOUND: Final = Statement(
    "component.find_page_bound",
    "read",
    """
    MATCH (r:Record)
    WHERE r.key > $after AND r.erased_ms IS NULL
    WITH r.key AS key LIMIT $limit
    RETURN max(key) AS bound
    """,
)
_FETCH_PAGE: Final = Statement(
    "component.fetch_page",
    "read",
    """
    MATCH (r:Record) WHERE r.key > $after AND r.key <= $bound AND r.erased_ms IS NULL
    WITH r ORDER BY r.key LIMIT $limit
    """
    + _MEMBER,
)


class StoredHold(NamedTuple):
    """A record's live claim with the state of what it claims."""

    scope: str
    from_ms: int
    observed_ms: int
    verified: bool
    state: IdentifierState


class StoredRuling(NamedTuple):
    """A steward's live decision on a record and another one.

    Attributes:
        basis: the priority of the strongest type of identifier that spoke for one person when they were kept apart;
            None where nothing did, or they are one.
    """

    decision: str
    apart: bool
    other: str
    basis: int | None = None


@dataclass(frozen=True, slots=True)
class StoredMember:
    """A record in its place.

    Attributes:
        person, since_ms: whose it is, and since when the hub says so.
        revision: of that person; whoever changes one of their records raises it.
        companions: how many records that person has, this one included.
        golden: the person's stored golden record, see `rules.survivorship`; None where it was never computed.
        profile: field to (value, stated at).
        pins: the stored text of the fields that a steward pinned on this record; None for none.
    """

    record: str
    birth_id: str
    person: str
    revision: int
    companions: int
    golden: str | None
    since_ms: int
    profile: dict[str, tuple[str, int]]
    pins: str | None
    holds: tuple[StoredHold, ...]
    rulings: tuple[StoredRuling, ...]


async def fetch_by_identifiers(reader: Reader, keys: Collection[str]) -> list[StoredMember]:
    """All records that claim one of these identifiers now, each once."""
    return read_members(await read_rows(reader, _FETCH_BY_IDENTIFIERS, keys=sorted(keys))) if keys else []


async def fetch_by_records(reader: Reader, keys: Collection[str]) -> list[StoredMember]:
    """These records; unknown and erased ones are left out."""
    return read_members(await read_rows(reader, _FETCH_BY_RECORDS, keys=sorted(keys))) if keys else []


async def fetch_by_persons(reader: Reader, ids: Collection[str]) -> list[StoredMember]:
    """All records of these persons."""
    return read_members(await read_rows(reader, _FETCH_BY_PERSONS, keys=sorted(ids))) if ids else []


async def fetch_page(graph: Graph, *, after: str, limit: int) -> list[StoredMember]:
    """The next records behind a key, at most `limit`, sorted by key; empty at the end of all."""
    bound = await find_page_bound(graph, after=after, limit=limit)
    if bound is None:
        return []
    members = read_members(await graph.read(_FETCH_PAGE, after=after, bound=bound, limit=limit))
    return sorted(members, key=lambda member: member.record)


async def find_page_bound(graph: Graph, *, after: str, limit: int) -> str | None:
    """A key up to which the next `limit` records behind another key are sure to be found; None at the end of all."""
    [found] = await graph.read(_FIND_PAGE_BOUND, after=after, limit=limit)
    bound: str | None = found["bound"]
    return None if bound is None else reach(after, bound)


def read_members(rows: Iterable[Record]) -> list[StoredMember]:
    """The rows of a statement that ends in `_MEMBER`."""
    return [_member(*row) for row in rows]


def _member(
    record: str,
    birth_id: str,
    person: str,
    revision: int,
    companions: int,
    golden: str | None,
    since_ms: int,
    profile: str,
    pins: str | None,
    claims: list[list[Any]],
    rulings: list[list[Any]],
) -> StoredMember:
    holds = tuple(
        StoredHold(
            scope, from_ms, observed_ms, verified,
            IdentifierState(key, kind, live, blocked, lifted, tuple(releases), cases),
        )
        for key, kind, scope, from_ms, observed_ms, verified, live, blocked, lifted, releases, cases in claims
    )  # fmt: skip
    return StoredMember(
        record,
        birth_id,
        person,
        revision,
        companions,
        golden,
        since_ms,
        decode_profile(profile),
        pins,
        holds,
        tuple(StoredRuling(*ruling) for ruling in rulings),
    )
