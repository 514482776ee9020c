"""Records, identifiers and claims as stored: what each system said, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, NamedTuple

import orjson

from graph.database import Transaction
from graph.failures import vanished
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
    ON CREATE SET i.type = row[1], i.scope = row[2], i.masked = row[3], i.sealed = row[4], i.blocked = row[5],
                  i.live = row[6], i.releases = row[7], i.cases = 0, i.revision = 0
    ON MATCH SET i.revision = i.revision + 1
    WITH i WHERE i.revision > 0
    RETURN i.key, i.type, i.live, i.blocked, i.lifted, i.releases, i.cases
    """,
)
_UPDATE_IDENTIFIERS: Final = Statement(
    "evidence.update_identifiers",
    "write",
    "UNWIND $rows AS row MATCH (i:Identifier {key: row[0]}) SET i.live = row[1], i.releases = row[2]",
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


class IdentifierState(NamedTuple):
    """What the graph keeps of an identifier as a whole.

    Attributes:
        live: how many records claim it now.
        lifted: how many a steward allows to share it; None: as many as the policy.
        releases: when records gave it up for another value, sorted, in epoch ms.
        cases: 1 once a case was opened about it, else 0: where it is 0 no case has to be looked for.
    """

    key: str
    type: str
    live: int = 0
    blocked: bool = False
    lifted: int | None = None
    releases: tuple[int, ...] = ()
    cases: int = 0


class NewIdentifier(NamedTuple):
    """An identifier to be there; `masked` may be shown, `sealed` is the encrypted value, `blocked`: nobody's own.

    A tuple, because there are millions.
    """

    key: str
    type: str
    scope: str
    masked: str
    sealed: str
    blocked: bool = False


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


async def touch_identifiers(
    tx: Transaction, named: Iterable[tuple[NewIdentifier, int, Iterable[int]]], known: Iterable[str]
) -> dict[str, IdentifierState]:
    """Create the missing ones and lock the others, in the order of their keys.

    Args:
        named: identifiers that may be new, each with the count of live claims and the releases that it is born with.
        known: keys of identifiers that are there.

    Returns the states of those that were there, by key.

    Raises:
        TransientError: a known one has another key by now, or is gone: what its holders claim has to be read again.
    """
    rows: list[list[Any]] = [
        [item.key, item.type, item.scope, item.masked, item.sealed, item.blocked, live, sorted(releases)]
        for item, live, releases in named
    ]
    held = set(known)
    rows += [[key, None, None, None, None, False, 0, []] for key in held]
    rows.sort(key=itemgetter(0))
    states = (IdentifierState(*row) for row in await tx.run(_TOUCH_IDENTIFIERS, rows=rows))
    found = {state.key: state._replace(releases=tuple(state.releases)) for state in states}
    if not held <= found.keys():
        raise vanished()  # what was created in its place would be left behind
    return found


async def update_identifiers(tx: Transaction, states: Iterable[IdentifierState]) -> None:
    """Store how often these identifiers are claimed, and when they were given up."""
    rows = [[state.key, state.live, list(state.releases)] for state in states]
    if rows:
        await tx.run(_UPDATE_IDENTIFIERS, rows=sorted(rows))


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
