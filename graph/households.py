"""Households: persons whose records claim one household value, read without making them one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from graph.database import Graph
from graph.evidence import decode_profile
from graph.statement import Statement

_FETCH_HOUSEHOLDS: Final = Statement(
    "households.fetch",
    "read",
    """
    UNWIND $persons AS person
    MATCH (:Person {id: person})<-[:OF]-(:Record)-[c:CLAIMS]->(i:Identifier)
    WHERE c.valid_to_ms IS NULL AND i.type IN $types AND NOT i.blocked
    RETURN DISTINCT person, i.type, i.scope, i.key, i.masked, i.live
    """,
)
_FETCH_BY_KEYS: Final = Statement(
    "households.fetch_by_keys",
    "read",
    """
    UNWIND $keys AS key
    MATCH (i:Identifier {key: key})
    WHERE i.type IN $types AND NOT i.blocked AND i.live > 0
    RETURN i.type, i.scope, i.key, i.masked, i.live
    """,
)
_FETCH_MEMBERS: Final = Statement(
    "households.fetch_members",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[c:CLAIMS]-(r:Record)-[:OF]->(p:Person)
    WHERE c.valid_to_ms IS NULL
    RETURN key, p.id AS person, p.golden AS golden, r.key AS record, r.profile AS profile
    """,
)


@dataclass(frozen=True, slots=True, order=True)
class StoredHousehold:
    """A household's identifier; `live` is how many records claim it now."""

    type: str
    scope: str
    key: str
    masked: str
    live: int


@dataclass(frozen=True, slots=True)
class StoredHouseholdMember:
    """A record that claims the household `key`, and whose it is.

    Attributes:
        golden: the person's stored golden record; None where it was never computed.
        profile: what the record itself says: field to (value, stated at).
    """

    key: str
    person: str
    golden: str | None
    record: str
    profile: dict[str, tuple[str, int]]


async def fetch_households(
    graph: Graph, persons: Collection[str], types: Collection[str]
) -> dict[str, list[StoredHousehold]]:
    """The identifiers of these types that persons' records claim now, but for blocked values; by type and scope.

    By person; who has none is left out.
    """
    found: dict[str, list[StoredHousehold]] = defaultdict(list)
    if types and persons:
        for person, *household in await graph.read(_FETCH_HOUSEHOLDS, persons=sorted(persons), types=sorted(types)):
            found[person].append(StoredHousehold(*household))
    return {person: sorted(households) for person, households in found.items()}


async def fetch_by_keys(graph: Graph, keys: Collection[str], types: Collection[str]) -> list[StoredHousehold]:
    """Those of these identifiers that are of these types, claimed by somebody now, and not blocked."""
    rows = await graph.read(_FETCH_BY_KEYS, keys=sorted(keys), types=sorted(types)) if types and keys else []
    return sorted(StoredHousehold(*row) for row in rows)


async def fetch_members(graph: Graph, keys: Collection[str]) -> list[StoredHouseholdMember]:
    """The records that claim these households now, each once for each of them, by person and record."""
    rows = await graph.read(_FETCH_MEMBERS, keys=sorted(keys)) if keys else []
    members = [
        StoredHouseholdMember(row["key"], row["person"], row["golden"], row["record"], decode_profile(row["profile"]))
        for row in rows
    ]
    return sorted(members, key=lambda member: (member.person, member.record))
