"""Which of a person's records was meant by a name: what is given to a person hangs on that one."""

from __future__ import annotations

from typing import Final

from graph.reading import Reader, read_rows
from graph.statement import Statement

_FIND_BY_RECORD: Final = Statement(
    "homes.find_by_record", "read", "MATCH (r:Record {key: $key})-[:OF]->(:Person) RETURN r.birth_id AS birth_id"
)
_FIND_BY_IDENTIFIER: Final = Statement(
    "homes.find_by_identifier",
    "read",
    """
    MATCH (:Identifier {key: $key})<-[c:CLAIMS]-(r:Record)-[:OF]->(p:Person)
    WHERE c.valid_to_ms IS NULL AND p.id = $person
    RETURN c.verified AS verified, c.observed_ms AS observed_ms, r.birth_id AS birth_id
    """,
)


async def find_by_record(reader: Reader, record: str) -> str | None:
    """The id that a living record brought, by its key."""
    rows = await read_rows(reader, _FIND_BY_RECORD, key=record)
    return rows[0]["birth_id"] if rows else None


async def find_by_identifier(reader: Reader, identifier: str, person: str) -> str | None:
    """The id of the record by which a person has an identifier (by its hashed key): verified first, then the latest."""
    rows = await read_rows(reader, _FIND_BY_IDENTIFIER, key=identifier, person=person)
    found = max(rows, key=lambda row: (row["verified"], row["observed_ms"], row["birth_id"]), default=None)
    return None if found is None else found["birth_id"]
