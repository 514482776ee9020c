"""What an explanation shows: claims as they may be shown, and stewards' decisions with their reasons."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
_FETCH_MEMBERSHIPS: Final = Statement(
    "explaining.fetch_memberships",
    "read",
    """
    UNWIND $ids AS id
    MATCH (p:Person {id: id})
    WITH p, COUNT { (p)<-[:OF]-() } AS records
    WHERE records > 0
    RETURN p.id AS id, records,
           [(p)<-[:OF]-(r:Record) WHERE records <= $most OR r.birth_id = p.id | [r.key, r.birth_id]] AS kept
    """,
)


@dataclass(frozen=True, slots=True)
class Membership:
    """The records of a living person.

    Attributes:
        count: how many they are.
        root: the key of the record that brought the person's id.
        keys: of all of them, sorted; None where they are more than was asked for.
    """

    count: int
    root: str
    keys: tuple[str, ...] | None


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


async def fetch_memberships(graph: Graph, ids: Collection[str], *, most: int) -> dict[str, Membership]:
    """Memberships of living persons by id, with the keys of up to `most` records of each; other ids are left out."""
    rows = await graph.read(_FETCH_MEMBERSHIPS, ids=sorted(ids), most=most) if ids else []
    return {row["id"]: _membership(row["id"], row["records"], dict(row["kept"]), most) for row in rows}


def _membership(person: str, count: int, births: Mapping[str, str], most: int) -> Membership:
    keys = tuple(sorted(births))
    return Membership(
        count, next((key for key in keys if births[key] == person), keys[0]), keys if count <= most else None
    )
