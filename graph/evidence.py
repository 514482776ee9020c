"""Records, identifiers and claims as stored: what each system said, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import orjson

from graph.database import Transaction
from graph.statement import Statement
from hub.core.model import Claim, Stated

_FETCH_RECORDS: Final = Statement(
    "evidence.fetch_records",
    "read",
    """
    UNWIND $keys AS key
    MATCH (r:Record {key: key})
    RETURN r.key AS key, r.profile AS profile,
           [(r)-[c:CLAIMS]->(i:Identifier) |
            [i.type, i.scope, i.key, c.stated_ms, c.sources, c.proofs, c.valid_to_ms]] AS claims
    """,
)
_FIND_RECORDS: Final = Statement(
    "evidence.find_records", "read", "UNWIND $keys AS key MATCH (r:Record {key: key}) RETURN r.key AS key"
)
_TOUCH_IDENTIFIERS: Final = Statement(
    "evidence.touch_identifiers",
    "write",
    """
    UNWIND $rows AS row
    MERGE (i:Identifier {key: row[0]})
    ON CREATE SET i.type = row[1], i.scope = row[2], i.masked = row[3], i.sealed = row[4], i.revision = 0
    ON MATCH SET i.revision = i.revision + 1
    WITH i WHERE i.revision > 0
    RETURN i.key AS key
    """,
)
_UPDATE_PROFILES: Final = Statement(
    "evidence.update_profiles",
    "write",
    "UNWIND $rows AS row MATCH (r:Record {key: row[0]}) SET r.profile = row[1]",
)
_REMOVE_CLAIMS: Final = Statement(
    "evidence.remove_claims",
    "write",
    """
    UNWIND $rows AS row
    MATCH (:Record {key: row[0]})-[c:CLAIMS {valid_from_ms: row[2]}]->(:Identifier {key: row[1]})
    DELETE c
    """,
)
_UPDATE_CLAIMS: Final = Statement(
    "evidence.update_claims",
    "write",
    """
    UNWIND $rows AS row
    MATCH (:Record {key: row[0]})-[c:CLAIMS {valid_from_ms: row[2]}]->(:Identifier {key: row[1]})
    SET c.observed_ms = row[3], c.valid_to_ms = row[4], c.source = row[5], c.verified = row[6],
        c.stated_ms = row[7], c.sources = row[8], c.proofs = row[9]
    """,
)
_ADD_CLAIMS: Final = Statement(
    "evidence.add_claims",
    "write",
    """
    UNWIND $rows AS row
    MATCH (r:Record {key: row[0]})
    MATCH (i:Identifier {key: row[1]})
    CREATE (r)-[:CLAIMS {valid_from_ms: row[2], observed_ms: row[3], valid_to_ms: row[4], source: row[5],
                         verified: row[6], stated_ms: row[7], sources: row[8], proofs: row[9]}]->(i)
    """,
)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record's evidence; `profile` maps a field to (value, stated at)."""

    key: str
    profile: dict[str, tuple[str, int]]
    claims: frozenset[Claim]


@dataclass(frozen=True, slots=True)
class ClaimChange:
    """A record's claims as they are stored, and as they should be."""

    record: str
    before: frozenset[Claim]
    after: frozenset[Claim]


@dataclass(frozen=True, slots=True)
class NewIdentifier:
    """An identifier to be there; `masked` may be shown, `sealed` is the encrypted value."""

    key: str
    type: str
    scope: str
    masked: str
    sealed: str


async def fetch_records(tx: Transaction, keys: Iterable[str]) -> dict[str, StoredRecord]:
    """Records by key; unknown ones are left out."""
    rows = await tx.run(_FETCH_RECORDS, keys=sorted(keys))
    return {
        row["key"]: StoredRecord(row["key"], decode_profile(row["profile"]), frozenset(map(_claim, row["claims"])))
        for row in rows
    }


async def find_records(tx: Transaction, keys: Iterable[str]) -> set[str]:
    """Which of these records exist."""
    return {row["key"] for row in await tx.run(_FIND_RECORDS, keys=sorted(keys))}


async def touch_identifiers(tx: Transaction, identifiers: Iterable[NewIdentifier], known: Iterable[str]) -> set[str]:
    """Create the missing ones and lock the others, in the order of their keys; returns the keys that were there.

    `known` are keys of identifiers that are there.
    """
    rows: list[list[str | None]] = [[item.key, item.type, item.scope, item.masked, item.sealed] for item in identifiers]
    rows += [[key, None, None, None, None] for key in known]
    rows.sort(key=itemgetter(0))
    return {row["key"] for row in await tx.run(_TOUCH_IDENTIFIERS, rows=rows)}


async def update_profiles(tx: Transaction, profiles: Iterable[tuple[str, dict[str, tuple[str, int]]]]) -> None:
    """Replace what records say of their customers."""
    await tx.run(_UPDATE_PROFILES, rows=[[key, encode_profile(profile)] for key, profile in profiles])


async def change_claims(tx: Transaction, changes: Iterable[ClaimChange]) -> None:
    """Bring records' claims from what they were to what they are; records and identifiers must be there."""
    removed: list[list[object]] = []
    updated: list[list[object]] = []
    added: list[list[object]] = []
    for change in changes:
        before = {(claim.identifier, claim.valid_from_ms): claim for claim in change.before}
        after = {(claim.identifier, claim.valid_from_ms): claim for claim in change.after}
        removed += [[change.record, *place] for place in before.keys() - after.keys()]
        for place, claim in after.items():
            if place not in before:
                added.append([change.record, *claim_properties(claim)])
            elif claim != before[place]:
                updated.append([change.record, *claim_properties(claim)])
    for statement, rows in ((_REMOVE_CLAIMS, removed), (_UPDATE_CLAIMS, updated), (_ADD_CLAIMS, added)):
        if rows:
            await tx.run(statement, rows=rows)


def claim_properties(claim: Claim) -> list[object]:
    """A claim's identifier and properties in the order that the statements expect."""
    return [
        claim.identifier,
        claim.valid_from_ms,
        claim.observed_ms,
        claim.valid_to_ms,
        claim.source,
        claim.verified,
        [stated.at_ms for stated in claim.stated],
        [stated.source for stated in claim.stated],
        [stated.verified for stated in claim.stated],
    ]


def _claim(row: list[Any]) -> Claim:
    kind, scope, identifier, instants, sources, proofs, valid_to_ms = row
    stated = tuple(map(Stated, instants, sources, proofs))
    return Claim(kind, scope, identifier, stated, valid_to_ms)


def encode_profile(profile: dict[str, tuple[str, int]]) -> str:
    """The stored text of a profile: JSON with sorted fields, so that equal profiles are equal texts."""
    return orjson.dumps(profile, option=orjson.OPT_SORT_KEYS).decode()


def decode_profile(text: str) -> dict[str, tuple[str, int]]:
    """The profile behind `encode_profile`."""
    return {name: (value, stated_ms) for name, (value, stated_ms) in orjson.loads(text).items()}
