"""What an explanation shows: claims as they may be shown, and stewards' decisions with their reasons."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from graph.database import Graph
from graph.persons import HeldClaim
from graph.statement import Statement

_FETCH_CLAIMS: Final = Statement(
    "explaining.fetch_claims",
    "read",
    """
    UNWIND $keys AS key
    MATCH (r:Record {key: key})
    RETURN r.key AS key,
           [(r)-[c:CLAIMS]->(i:Identifier) |
            [i.type, i.scope, i.key, i.masked, c.source, c.verified,
             c.valid_from_ms, c.valid_to_ms, c.observed_ms]] AS claims
    """,
)
_FETCH_IDENTIFIERS: Final = Statement(
    "explaining.fetch_identifiers",
    "read",
    """
    UNWIND $keys AS key
    MATCH (i:Identifier {key: key})
    RETURN i.key AS key, i.type AS type, i.scope AS scope, i.masked AS masked
    """,
)
_FETCH_DECISIONS: Final = Statement(
    "explaining.fetch_decisions",
    "read",
    """
    UNWIND $ids AS id
    MATCH (d:Decision {id: id})
    RETURN d.id AS id, d.author AS author, d.reason AS reason, d.decided_ms AS decided_ms
    """,
)
_FETCH_MEMBERSHIP: Final = Statement(
    "explaining.fetch_membership",
    "read",
    "MATCH (:Person {id: $id})<-[:OF]-(r:Record) RETURN r.key AS key ORDER BY key",
)


@dataclass(frozen=True, slots=True)
class ShownIdentifier:
    """An identifier without its value: what kind it is, and the masked form."""

    type: str
    scope: str
    masked: str


@dataclass(frozen=True, slots=True)
class ShownDecision:
    """A steward's decision; what is not stored with it is None."""

    id: str
    author: str | None = None
    reason: str | None = None
    decided_ms: int | None = None


async def fetch_claims(graph: Graph, records: Collection[str]) -> dict[str, tuple[HeldClaim, ...]]:
    """All claims of these records, ended ones too, by the record's key; unknown records are left out."""
    rows = await graph.read(_FETCH_CLAIMS, keys=sorted(records)) if records else []
    return {row["key"]: tuple(HeldClaim(*claim) for claim in row["claims"]) for row in rows}


async def fetch_identifiers(graph: Graph, keys: Collection[str]) -> dict[str, ShownIdentifier]:
    """These identifiers by key; unknown ones are left out."""
    rows = await graph.read(_FETCH_IDENTIFIERS, keys=sorted(keys)) if keys else []
    return {row["key"]: ShownIdentifier(row["type"], row["scope"], row["masked"]) for row in rows}


async def fetch_decisions(graph: Graph, ids: Collection[str]) -> dict[str, ShownDecision]:
    """These decisions by id; for one that is not stored, its id alone."""
    rows = await graph.read(_FETCH_DECISIONS, ids=sorted(ids)) if ids else []
    return {id_: ShownDecision(id_) for id_ in ids} | {row["id"]: ShownDecision(**row) for row in rows}


async def fetch_membership(graph: Graph, person_id: str) -> list[str]:
    """The keys of a living person's records, sorted; empty for another id."""
    return [row["key"] for row in await graph.read(_FETCH_MEMBERSHIP, id=person_id)]
