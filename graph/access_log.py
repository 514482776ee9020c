"""Who read personal data in clear, and who changed something: numbered entries, each with the hash of the one before.

Nothing here changes or removes an entry. An index holds no lists, so there is a mention for each person of an entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from graph.database import Graph, Transaction
from graph.failures import vanished
from graph.statement import Statement

# What was written last is read in a statement of its own: in this one Neo4j may read before it has the lock.
_LOCK: Final = Statement(
    "access_log.lock",
    "write",
    """
    MERGE (h:AccessHead {key: 'access'})
    ON CREATE SET h.number = 0, h.hash = '', h.revision = 0
    ON MATCH SET h.revision = h.revision + 1
    """,
)
_FIND_HEAD: Final = Statement(
    "access_log.find_head", "read", "MATCH (h:AccessHead {key: 'access'}) RETURN h.number, h.hash"
)
_APPEND: Final = Statement(
    "access_log.append",
    "write",
    """
    UNWIND $rows AS row
    CREATE (:AccessEntry {number: row[0], at_ms: row[1], client: row[2], purpose: row[3], action: row[4],
                          fields: row[5], persons: row[6], request: row[7], hash: row[8]})
    """,
)
_MENTION: Final = Statement(
    "access_log.mention", "write", "UNWIND $rows AS row CREATE (:AccessMention {key: row[0], number: row[1]})"
)
_MOVE_HEAD: Final = Statement(
    "access_log.move_head", "write", "MATCH (h:AccessHead {key: 'access'}) SET h.number = $number, h.hash = $hash"
)
_FETCH: Final = Statement(
    "access_log.fetch",
    "read",
    """
    MATCH (e:AccessEntry)
    WHERE e.number > $after AND e.number <= $upto
    RETURN e.number, e.at_ms, e.client, e.purpose, e.action, e.fields, e.persons, e.request, e.hash
    ORDER BY e.number
    """,
)
_FETCH_MENTIONS: Final = Statement(
    "access_log.fetch_mentions",
    "read",
    """
    MATCH (m:AccessMention)
    WHERE m.key > $after AND m.key < $before
    RETURN m.number AS number ORDER BY m.key DESC LIMIT $limit
    """,
)
_FETCH_NUMBERED: Final = Statement(
    "access_log.fetch_numbered",
    "read",
    """
    UNWIND $numbers AS number
    MATCH (e:AccessEntry {number: number})
    RETURN e.number, e.at_ms, e.client, e.purpose, e.action, e.fields, e.persons, e.request, e.hash
    """,
)
_COUNT_MENTIONS: Final = Statement(
    "access_log.count_mentions",
    "read",
    "UNWIND $keys AS key MATCH (m:AccessMention {key: key}) RETURN count(m) AS mentions",
)


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody did.

    Attributes:
        client: its id; empty where the API asked nobody who they are.
        purpose: what it said that it was for.
        action: `read` of personal data in clear, or `write`.
        fields: of the schema: `ProfileField.value`, `Mutation.earn`.
        persons: whose, by id.
        request: the id under which the log has the request.
    """

    at_ms: int
    client: str
    purpose: str
    action: str
    fields: tuple[str, ...]
    persons: tuple[str, ...]
    request: str = ""


class Chained(NamedTuple):
    """An entry in its place; `digest` covers all of it and the digest of the one before."""

    number: int
    access: Access
    digest: str


class Head(NamedTuple):
    """The last entry; 0 and an empty digest before the first."""

    number: int = 0
    digest: str = ""


async def lock_head(tx: Transaction) -> Head:
    """The last entry; nobody else appends until the transaction ends."""
    await tx.run(_LOCK)
    rows = await tx.run(_FIND_HEAD)
    if not rows:
        raise vanished()  # it was another writer's, who has not kept it
    return Head(*rows[0])


async def append(tx: Transaction, chained: Iterable[Chained]) -> None:
    """Add entries that go on where the head is, one or more."""
    rows: list[list[Any]] = [
        [
            number, access.at_ms, access.client, access.purpose, access.action,
            list(access.fields), list(access.persons), access.request, digest,
        ]
        for number, access, digest in chained
    ]  # fmt: skip
    mentions = [[_mention(person, row[0]), row[0]] for row in rows for person in row[6]]
    await tx.run(_APPEND, rows=rows)
    await tx.run(_MENTION, rows=mentions)
    await tx.run(_MOVE_HEAD, number=rows[-1][0], hash=rows[-1][-1])


async def find_head(graph: Graph) -> Head:
    """The last entry."""
    rows = await graph.read(_FIND_HEAD)
    return Head(*rows[0]) if rows else Head()


async def fetch_entries(graph: Graph, *, after: int, upto: int) -> list[Chained]:
    """Entries by number, after one and up to another, the oldest first."""
    return [_read_entry(row) for row in await graph.read(_FETCH, after=after, upto=upto)]


async def fetch_entries_of(graph: Graph, person: str, *, before: int, limit: int) -> list[Chained]:
    """Entries about a person that are numbered below `before`, the newest first. Two statements."""
    mentions = await graph.read(
        _FETCH_MENTIONS, after=_mention(person, 0), before=_mention(person, before), limit=limit
    )
    rows = await graph.read(_FETCH_NUMBERED, numbers=[mention["number"] for mention in mentions])
    return sorted(map(_read_entry, rows), reverse=True)


async def count_mentions(graph: Graph, entries: Iterable[Chained]) -> int:
    """How often entries are found by the persons that they are about."""
    keys = [_mention(person, entry.number) for entry in entries for person in entry.access.persons]
    [row] = await graph.read(_COUNT_MENTIONS, keys=keys)
    mentions: int = row["mentions"]
    return mentions


def _mention(person: str, number: int) -> str:
    """In the order of numbers, person by person."""
    return f"{person}|{number:015}"


def _read_entry(row: Iterable[Any]) -> Chained:
    number, at_ms, client, purpose, action, fields, persons, request, digest = row
    access = Access(at_ms, client, purpose, action, tuple(fields or ()), tuple(persons or ()), request)
    return Chained(number, access, digest)
