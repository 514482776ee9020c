"""Persons as stored: the current answer to who is who, kept beside the evidence that it follows from.

A person whom all records have left stays as a bare node, because ids last for ever: a split may give it its records
back, and writers that meet it in the middle of a merge do not find it gone. A person is live while it has a record.
Where records were before is kept too, so that the hub can say what it believed at any instant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.changes import MARK, Mark, draw_key, mark_rows
from graph.database import Transaction
from graph.evidence import claim_properties, encode_profile
from graph.statement import Statement
from hub.core.model import Claim, RecordKey

_LOCK: Final = Statement(
    "partition.lock",
    "write",
    """
    UNWIND $ids AS id
    MATCH (p:Person {id: id})
    SET p.revision = p.revision + 1
    RETURN p.id AS id, p.revision AS revision
    """,
)
# One that so many claim that it joins nobody is not looked behind.
_FETCH_HOLDERS: Final = Statement(
    "partition.fetch_holders",
    "read",
    """
    UNWIND $rows AS row
    MATCH (i:Identifier {key: row[0]})
    WHERE i.live <= row[1] OR i.live <= coalesce(i.lifted, 0) + $more
    MATCH (i)<-[held:CLAIMS]-(:Record)-[:OF]->(p:Person)
    WHERE held.valid_to_ms IS NULL
    RETURN DISTINCT p.id AS id, p.revision AS revision
    """,
)
_FETCH_OWNERS: Final = Statement(
    "partition.fetch_owners",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Record {key: key})-[:OF]->(p:Person)
    RETURN DISTINCT p.id AS id, p.revision AS revision
    """,
)
_CREATE_RECORDS: Final = Statement(
    "partition.create_records",
    "write",
    """
    UNWIND $rows AS row
    MATCH (p:Person {id: row[7]})
    CREATE (r:Record {key: row[0], system: row[1], external_id: row[2], birth_id: row[3], created_ms: row[4],
                      profile: row[5], revision: 0})-[:OF {since_ms: row[4]}]->(p)
    WITH r, row
    UNWIND row[6] AS claim
    MATCH (i:Identifier {key: claim[0]})
    CREATE (r)-[:CLAIMS {valid_from_ms: claim[1], observed_ms: claim[2], valid_to_ms: claim[3], source: claim[4],
                         verified: claim[5], stated_ms: claim[6], sources: claim[7], proofs: claim[8]}]->(i)
    """,
)
_PUT_PERSONS: Final = Statement(
    "partition.put_persons",
    "write",
    """
    CALL () {
        UNWIND $rows AS row
        MERGE (p:Person {id: row[0]})
        ON CREATE SET p.revision = 0
        SET p.golden = row[1]
        RETURN count(*) AS persons
    }
    """
    + MARK
    + """
    RETURN persons
    """,
)
_MOVE: Final = Statement(
    "partition.move",
    "write",
    """
    UNWIND $rows AS row
    MATCH (r:Record {key: row[0]})-[old:OF]->(before:Person)
    MATCH (p:Person {id: row[1]})
    CREATE (r)-[:WAS_OF {since_ms: old.since_ms, until_ms: $now_ms}]->(before)
    CREATE (r)-[:OF {since_ms: $now_ms}]->(p)
    CREATE (:Change {key: row[2], kind: 'moved', ids: [r.birth_id], programme: ''})
    DELETE old
    """,
)


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to be created with all its evidence."""

    key: RecordKey
    birth_id: str
    created_ms: int
    profile: dict[str, tuple[str, int]]
    claims: frozenset[Claim]


async def lock_persons(tx: Transaction, ids: Iterable[str]) -> dict[str, int]:
    """Make other writers of these persons wait until this transaction ends; returns their revisions by id.

    The lock raises each by one: a person whose revision was one less when they were read is as they were then.
    """
    return {row["id"]: row["revision"] for row in await tx.run(_LOCK, ids=sorted(ids))}


async def fetch_revisions(
    tx: Transaction, identifiers: Mapping[str, int], records: Iterable[str], *, more: int
) -> dict[str, int]:
    """The revisions of the persons of some records, and of all who claim some identifiers now, by person.

    `identifiers` maps a key to the most claims with which its holders are of interest; where a steward allows others,
    it is `more` than these.
    """
    rows = [[key, identifiers[key]] for key in sorted(identifiers)]
    keys = sorted(records)
    found = await tx.run(_FETCH_HOLDERS, rows=rows, more=more) if rows else []
    found += await tx.run(_FETCH_OWNERS, keys=keys) if keys else []
    return {row["id"]: row["revision"] for row in found}


async def put_persons(tx: Transaction, golden: Mapping[str, str | None], marks: Collection[Mark]) -> None:
    """Have these persons there with these golden records; their records follow in the same transaction.

    `marks` are what is to be told of the transaction, but for records that move.
    """
    if golden or marks:
        rows = [[person, golden[person]] for person in sorted(golden)]
        await tx.run(_PUT_PERSONS, rows=rows, marks=mark_rows(marks))


async def create_records(tx: Transaction, placed: Iterable[tuple[NewRecord, str]]) -> None:
    """Create records with their evidence, each for the person id beside it; persons and identifiers must be there."""
    pairs = sorted(placed, key=lambda pair: pair[0].key)
    await tx.run(_CREATE_RECORDS, rows=[[*record_row(record), person_id] for record, person_id in pairs])


async def move_records(tx: Transaction, moves: Iterable[tuple[str, str]], *, now_ms: int) -> None:
    """Give each record to the person id beside it from now on; where it was stays told by `WAS_OF`.

    Each is marked by the id that it brought, so that whoever knows a person by that hears where it went.
    """
    if rows := [[record, person_id, draw_key()] for record, person_id in sorted(moves)]:
        await tx.run(_MOVE, rows=rows, now_ms=now_ms)


def record_row(record: NewRecord) -> list[Any]:
    """A record in the order that the statements expect; last come its claims, as rows of `claim_properties`."""
    return [
        str(record.key),
        record.key.system,
        record.key.external_id,
        record.birth_id,
        record.created_ms,
        encode_profile(record.profile),
        [claim_properties(claim) for claim in record.claims],
    ]
