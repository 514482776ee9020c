"""Persons as stored: the current answer to who is who, kept beside the evidence that it follows from.

A person whom all records have left stays as a bare node, because ids last for ever: a split may give it its records
back, and writers that meet it in the middle of a merge do not find it gone. A person is live while it has a record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from neo4j import Record

from graph.database import Transaction
from graph.evidence import claim_properties, encode_profile
from graph.statement import Statement
from hub.core.model import Claim, RecordKey

_FIND_BY_IDENTIFIERS: Final = Statement(
    "partition.find_by_identifiers",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[c:CLAIMS]-(:Record)-[:OF]->(p:Person)
    WHERE c.valid_to_ms IS NULL
    RETURN DISTINCT p.id AS id
    """,
)
_FIND_BY_RECORDS: Final = Statement(
    "partition.find_by_records",
    "read",
    "UNWIND $keys AS key MATCH (:Record {key: key})-[:OF]->(p:Person) RETURN DISTINCT p.id AS id",
)
_LOCK: Final = Statement(
    "partition.lock",
    "write",
    "UNWIND $ids AS id MATCH (p:Person {id: id}) SET p.revision = p.revision + 1 RETURN p.id AS id",
)
FETCH_MEMBERS: Final = Statement(
    "partition.fetch_members",
    "read",
    """
    UNWIND $ids AS id
    MATCH (p:Person {id: id})<-[:OF]-(r:Record)
    RETURN p.id AS person, r.key AS record, r.birth_id AS birth_id,
           [(r)-[c:CLAIMS]->(i:Identifier) WHERE c.valid_to_ms IS NULL | [i.key, i.type]] AS claims
    """,
)
_CREATE_RECORDS: Final = Statement(
    "partition.create_records",
    "write",
    """
    UNWIND $rows AS row
    MATCH (p:Person {id: row[7]})
    CREATE (r:Record {key: row[0], system: row[1], external_id: row[2], birth_id: row[3], created_ms: row[4],
                      profile: row[5], revision: 0})-[:OF]->(p)
    WITH r, row
    UNWIND row[6] AS claim
    MATCH (i:Identifier {key: claim[0]})
    CREATE (r)-[:CLAIMS {valid_from_ms: claim[1], observed_ms: claim[2], valid_to_ms: claim[3], source: claim[4],
                         verified: claim[5], stated_ms: claim[6], sources: claim[7], proofs: claim[8]}]->(i)
    """,
)
_CREATE_PERSONS: Final = Statement(
    "partition.create_persons", "write", "UNWIND $ids AS id MERGE (p:Person {id: id}) ON CREATE SET p.revision = 0"
)
_MOVE: Final = Statement(
    "partition.move",
    "write",
    """
    UNWIND $rows AS row
    MATCH (r:Record {key: row[0]})-[old:OF]->(:Person)
    MATCH (p:Person {id: row[1]})
    DELETE old
    CREATE (r)-[:OF]->(p)
    """,
)


@dataclass(frozen=True, slots=True)
class Member:
    """A stored record with its place in the partition; `claims` are its live (identifier, type) pairs."""

    record: str
    person_id: str
    birth_id: str
    claims: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to be created with all its evidence."""

    key: RecordKey
    birth_id: str
    created_ms: int
    profile: dict[str, tuple[str, int]]
    claims: frozenset[Claim]


async def find_persons(tx: Transaction, *, identifiers: Iterable[str], records: Iterable[str]) -> set[str]:
    """Ids of the persons who hold one of these identifiers now, or one of these records."""
    rows: list[Record] = []
    if keys := sorted(identifiers):
        rows += await tx.run(_FIND_BY_IDENTIFIERS, keys=keys)
    if keys := sorted(records):
        rows += await tx.run(_FIND_BY_RECORDS, keys=keys)
    return {row["id"] for row in rows}


async def lock_persons(tx: Transaction, ids: Iterable[str]) -> set[str]:
    """Make other writers of these persons wait until this transaction ends; returns their ids."""
    return {row["id"] for row in await tx.run(_LOCK, ids=sorted(ids))}


async def fetch_members(tx: Transaction, ids: Iterable[str]) -> list[Member]:
    """All records of these persons, in no particular order."""
    return read_members(await tx.run(FETCH_MEMBERS, ids=sorted(ids)))


def read_members(rows: Iterable[Record]) -> list[Member]:
    """The rows of `FETCH_MEMBERS`."""
    return [
        Member(row["record"], row["person"], row["birth_id"], tuple((key, kind) for key, kind in row["claims"]))
        for row in rows
    ]


async def create_persons(tx: Transaction, ids: Iterable[str]) -> None:
    """Have these persons there; their records follow in the same transaction."""
    await tx.run(_CREATE_PERSONS, ids=sorted(ids))


async def create_records(tx: Transaction, placed: Iterable[tuple[NewRecord, str]]) -> None:
    """Create records with their evidence, each for the person id beside it; persons and identifiers must be there."""
    pairs = sorted(placed, key=lambda pair: pair[0].key)
    await tx.run(_CREATE_RECORDS, rows=[[*_record_row(record), person_id] for record, person_id in pairs])


async def move_records(tx: Transaction, moves: Iterable[tuple[str, str]]) -> None:
    """Give each record to the person id beside it."""
    await tx.run(_MOVE, rows=[[record, person_id] for record, person_id in sorted(moves)])


def _record_row(record: NewRecord) -> list[object]:
    return [
        str(record.key),
        record.key.system,
        record.key.external_id,
        record.birth_id,
        record.created_ms,
        encode_profile(record.profile),
        [claim_properties(claim) for claim in record.claims],
    ]
