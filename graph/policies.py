"""Every identity policy that was published: a numbered text that nobody changes, and which of them is in force."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from graph.database import Graph, Transaction
from graph.failures import vanished
from graph.reading import Reader, read_rows
from graph.statement import Statement
from hub.core.errors import Conflict, NotFound

# Who publishes second waits (Neo4j) or is repeated (ArcadeDB). What is in force is read in a statement of its own: in
# this one Neo4j may read before it has the lock.
_LOCK: Final = Statement(
    "policies.lock",
    "write",
    """
    MERGE (h:PolicyHead {key: 'identity'})
    ON CREATE SET h.number = 0, h.revision = 0
    ON MATCH SET h.revision = h.revision + 1
    """,
)
_FIND_HEAD: Final = Statement(
    "policies.find_head",
    "read",
    """
    MATCH (h:PolicyHead {key: 'identity'})
    OPTIONAL MATCH (v:PolicyVersion {number: h.number})
    RETURN h.number AS number, v.digest AS digest
    """,
)
_APPEND: Final = Statement(
    "policies.append",
    "write",
    """
    MATCH (h:PolicyHead {key: 'identity'})
    SET h.number = $number
    CREATE (:PolicyVersion {number: $number, text: $text, digest: $digest, author: $author, reason: $reason,
                            published_ms: $published_ms})
    """,
)
_FETCH: Final = Statement(
    "policies.fetch",
    "read",
    """
    MATCH (v:PolicyVersion)
    RETURN v.number AS number, v.digest AS digest, v.author AS author, v.reason AS reason,
           v.published_ms AS published_ms
    ORDER BY v.number DESC LIMIT $limit
    """,
)
_GET: Final = Statement(
    "policies.get",
    "read",
    """
    MATCH (v:PolicyVersion {number: $number})
    RETURN v.number AS number, v.digest AS digest, v.author AS author, v.reason AS reason,
           v.published_ms AS published_ms, v.text AS text
    """,
)
_FIND_CURRENT: Final = Statement(
    "policies.find_current",
    "read",
    """
    MATCH (h:PolicyHead {key: 'identity'})
    MATCH (v:PolicyVersion {number: h.number})
    RETURN v.number AS number, v.digest AS digest, v.author AS author, v.reason AS reason,
           v.published_ms AS published_ms, v.text AS text
    """,
)
_FIND_NUMBER: Final = Statement(
    "policies.find_number", "read", "OPTIONAL MATCH (h:PolicyHead {key: 'identity'}) RETURN h.number AS number"
)


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One publication; `number` counts from 1, `digest` is the SHA-256 of the text in hexadecimal digits."""

    number: int
    digest: str
    author: str
    reason: str
    published_ms: int


@dataclass(frozen=True, slots=True)
class PublishedPolicy:
    """A version with its document, exactly as it was published."""

    version: PolicyVersion
    text: str


async def publish(
    tx: Transaction, text: str, *, author: str, reason: str, published_ms: int, base: int | None = None
) -> PolicyVersion:
    """Append a text, which was checked, as the next version and make it the current one.

    Args:
        base: the version that the text was compared with; None where it was with none in particular.

    Raises:
        Conflict: the current version has this very text, or is another one than `base`.
    """
    await tx.run(_LOCK)
    heads = await tx.run(_FIND_HEAD)
    if not heads:
        raise vanished()  # it was another writer's, who has not kept it
    head = heads[0]
    current, digest = int(head["number"]), digest_of(text)
    if base is not None and base != current:
        raise Conflict(
            f"Version {current} was published meanwhile, and this text was compared with version {base}: "
            "look at what it would change now, then publish again."
        )
    if head["digest"] == digest:
        raise Conflict(f"This is word for word version {current}, which is in force: there is nothing to publish.")
    version = PolicyVersion(current + 1, digest, author, reason, published_ms)
    await tx.run(
        _APPEND,
        number=version.number,
        text=text,
        digest=digest,
        author=author,
        reason=reason,
        published_ms=published_ms,
    )
    return version


async def fetch_versions(graph: Graph, *, limit: int = 100) -> list[PolicyVersion]:
    """The latest versions, newest first; empty where none was published."""
    return [PolicyVersion(**row) for row in await graph.read(_FETCH, limit=limit)]


async def get_version(graph: Graph, number: int) -> PublishedPolicy:
    """A version with its text; raises NotFound where there is none of that number."""
    if rows := await graph.read(_GET, number=number):
        return _published(rows[0].data())
    raise NotFound(f"There is no version {number} of the identity policy.")


async def find_current(graph: Graph) -> PublishedPolicy | None:
    """The version in force; None where none was published."""
    rows = await graph.read(_FIND_CURRENT)
    return _published(rows[0].data()) if rows else None


async def find_number(reader: Reader) -> int:
    """The number of the version in force; 0 where none was published."""
    rows = await read_rows(reader, _FIND_NUMBER)
    return int(rows[0]["number"] or 0)


def digest_of(text: str) -> str:
    """What tells one text from another."""
    return hashlib.sha256(text.encode()).hexdigest()


def _published(row: dict[str, Any]) -> PublishedPolicy:
    text = row.pop("text")
    return PublishedPolicy(PolicyVersion(**row), text)
