"""The past, in its two senses: what the hub believed at an instant, and what was true at it by what is known now.

Every interval is half-open: its first instant belongs to it, its last does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from neo4j import Record

from graph.component import StoredHold, StoredMember, StoredRuling
from graph.database import Graph
from graph.evidence import IdentifierState, decode_profile
from graph.statement import Statement

_FETCH_PLACES: Final = Statement(
    "as_of.fetch_places",
    "read",
    """
    UNWIND $birth_ids AS birth_id
    MATCH (:Record {birth_id: birth_id})-[o:OF|WAS_OF]->(p:Person)
    RETURN birth_id, p.id AS person, o.since_ms AS since_ms, o.until_ms AS until_ms
    """,
)
_FIND_RECORDS: Final = Statement(
    "as_of.find_records",
    "read",
    "UNWIND $birth_ids AS birth_id MATCH (r:Record {birth_id: birth_id}) RETURN birth_id, r.key AS key",
)
_FETCH_BELIEVED: Final = Statement(
    "as_of.fetch_believed",
    "read",
    """
    UNWIND $rows AS row
    MATCH (:Person {id: row[0]})<-[o:OF|WAS_OF]-(r:Record)
    WHERE o.since_ms <= row[1] AND (o.until_ms IS NULL OR o.until_ms > row[1])
    WITH row[0] AS person, row[1] AS at_ms, r, o ORDER BY r.system, r.external_id
    RETURN person, at_ms, collect([r.system, r.external_id, o.since_ms, o.until_ms])[0..$most] AS records
    """,
)
_VALID_MEMBER: Final = """
    MATCH (r)-[o:OF]->(p:Person)
    RETURN r.key, r.birth_id, p.golden, o.since_ms, r.profile, r.pins,
           [(r)-[c:CLAIMS]->(i:Identifier)
             WHERE c.valid_from_ms <= $at_ms AND (c.valid_to_ms IS NULL OR c.valid_to_ms > $at_ms) |
            [i.key, i.type, i.scope, c.valid_from_ms, c.stated_ms, c.proofs,
             i.blocked, i.lifted, i.releases, i.cases]],
           [(r)-[d:RULED]-(other:Record) | [d.decision, d.apart, other.key]]
    """
_FETCH_VALID_BY_RECORDS: Final = Statement(
    "as_of.fetch_valid_by_records", "read", "UNWIND $keys AS key MATCH (r:Record {key: key})" + _VALID_MEMBER
)
_FETCH_VALID_BY_IDENTIFIERS: Final = Statement(
    "as_of.fetch_valid_by_identifiers",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[held:CLAIMS]-(holder:Record)
    WHERE held.valid_from_ms <= $at_ms AND (held.valid_to_ms IS NULL OR held.valid_to_ms > $at_ms)
    WITH DISTINCT holder AS r
    """
    + _VALID_MEMBER,
)
_COUNT_VALID: Final = Statement(
    "as_of.count_valid",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[c:CLAIMS]-(:Record)
    WHERE c.valid_from_ms <= $at_ms AND (c.valid_to_ms IS NULL OR c.valid_to_ms > $at_ms)
    RETURN key, count(c) AS holders
    """,
)
_FETCH_HOLDERS: Final = Statement(
    "as_of.fetch_holders",
    "read",
    """
    MATCH (:Identifier {key: $key})<-[c:CLAIMS]-(r:Record)
    WHERE c.valid_from_ms <= $at_ms AND (c.valid_to_ms IS NULL OR c.valid_to_ms > $at_ms)
    RETURN DISTINCT r.key AS key ORDER BY key LIMIT $limit
    """,
)


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """A time during which the hub counted a record to a person; `until_ms` is None while it still does."""

    person: str
    since_ms: int
    until_ms: int | None

    def covers(self, at_ms: int) -> bool:
        """Whether the hub believed it at this instant."""
        return self.since_ms <= at_ms and (self.until_ms is None or at_ms < self.until_ms)


@dataclass(frozen=True, slots=True)
class StoredBelief:
    """A record that the hub counted to a person, and during what time."""

    system: str
    external_id: str
    since_ms: int
    until_ms: int | None


async def fetch_places(graph: Graph, birth_ids: Collection[str]) -> dict[str, list[StoredPlace]]:
    """Every person that the records which brought these ids were ever counted to, by time; unknown ids are left out."""
    found: dict[str, list[StoredPlace]] = defaultdict(list)
    for birth_id, *place in await graph.read(_FETCH_PLACES, birth_ids=sorted(birth_ids)):
        found[birth_id].append(StoredPlace(*place))
    return {birth_id: sorted(places, key=lambda place: place.since_ms) for birth_id, places in found.items()}


async def find_records(graph: Graph, birth_ids: Collection[str]) -> dict[str, str]:
    """The keys of the records that brought these ids, by id; unknown ids are left out."""
    rows = await graph.read(_FIND_RECORDS, birth_ids=sorted(birth_ids)) if birth_ids else []
    return {row["birth_id"]: row["key"] for row in rows}


async def fetch_believed(
    graph: Graph, persons: Collection[tuple[str, int]], *, most: int
) -> dict[tuple[str, int], list[StoredBelief]]:
    """The records that the hub counted to a person at an instant, by system and external id; the first `most` of each.

    By person and instant; where there were none it is left out.
    """
    rows = await graph.read(_FETCH_BELIEVED, rows=sorted(map(list, persons)), most=most) if persons else []
    return {(person, at_ms): [StoredBelief(*one) for one in records] for person, at_ms, records in rows}


async def fetch_valid_by_records(graph: Graph, keys: Collection[str], at_ms: int) -> list[StoredMember]:
    """These records with the claims that were valid at an instant; unknown records are left out.

    A claim counts as it stood at that instant: later statements of it are left out, and so are an identifier's later
    releases. How many records claimed it (`state.live`) is left at 0: `count_valid` tells.
    """
    rows = await graph.read(_FETCH_VALID_BY_RECORDS, keys=sorted(keys), at_ms=at_ms) if keys else []
    return _read_members(rows, at_ms)


async def fetch_valid_by_identifiers(graph: Graph, keys: Collection[str], at_ms: int) -> list[StoredMember]:
    """As `fetch_valid_by_records`, for all records that claimed one of these identifiers at that instant."""
    rows = await graph.read(_FETCH_VALID_BY_IDENTIFIERS, keys=sorted(keys), at_ms=at_ms) if keys else []
    return _read_members(rows, at_ms)


async def count_valid(graph: Graph, keys: Collection[str], at_ms: int) -> dict[str, int]:
    """How many records claimed each of these identifiers at an instant; those that nobody claimed are left out."""
    rows = await graph.read(_COUNT_VALID, keys=sorted(keys), at_ms=at_ms) if keys else []
    return {row["key"]: row["holders"] for row in rows}


async def fetch_holders(graph: Graph, key: str, at_ms: int, *, limit: int) -> list[str]:
    """Keys of the records that claimed an identifier at an instant, sorted, at most `limit`."""
    return [row["key"] for row in await graph.read(_FETCH_HOLDERS, key=key, at_ms=at_ms, limit=limit)]


def _read_members(rows: Iterable[Record], at_ms: int) -> list[StoredMember]:
    return [
        StoredMember(
            record=record,
            birth_id=birth_id,
            # Who a record is counted to today says nothing of that instant: each is taken for a person of its own.
            person=birth_id,
            revision=0,
            companions=1,
            golden=golden,
            since_ms=since_ms,
            profile=decode_profile(profile),
            pins=pins,
            holds=tuple(_hold(claim, at_ms) for claim in claims),
            rulings=tuple(StoredRuling(*ruling) for ruling in rulings),
        )
        for record, birth_id, golden, since_ms, profile, pins, claims, rulings in rows
    ]


def _hold(claim: list[Any], at_ms: int) -> StoredHold:
    key, kind, scope, from_ms, stated_ms, proofs, blocked, lifted, releases, cases = claim
    stated = [(instant, proved) for instant, proved in zip(stated_ms, proofs, strict=True) if instant <= at_ms]
    # A claim keeps its first statement and the latest, so that there is always one before an instant at which it held.
    observed_ms = max(instant for instant, _ in stated)
    verified = any(proved for _, proved in stated)
    # A release at this very instant has happened: the claim that it ended is not valid any more.
    known = tuple(instant for instant in releases if instant <= at_ms)
    return StoredHold(
        scope, from_ms, observed_ms, verified, IdentifierState(key, kind, 0, blocked, lifted, known, cases)
    )
