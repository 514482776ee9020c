"""Every document that was published: numbered texts that nobody changes, in families, and which of each is in force."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any, Final

from neo4j import Record

from graph.database import Graph, Transaction
from graph.failures import vanished
from graph.reading import Reader, read_rows
from graph.statement import Statement
from hub.core.errors import Conflict, NotFound

IDENTITY: Final = "identity"
"""The family of identity policies."""

# Who publishes second waits (Neo4j) or is repeated (ArcadeDB). What is in force is read in a statement of its own: in
# this one Neo4j may read before it has the lock.
_LOCK: Final = Statement(
    "documents.lock",
    "write",
    """
    MERGE (h:DocumentHead {key: $family})
    ON CREATE SET h.number = 0, h.revision = 0
    ON MATCH SET h.revision = h.revision + 1
    """,
)
_FIND_HEAD: Final = Statement(
    "documents.find_head",
    "read",
    """
    MATCH (h:DocumentHead {key: $family})
    OPTIONAL MATCH (v:DocumentVersion {key: h.version})
    RETURN h.number AS number, v.digest AS digest
    """,
)
_APPEND: Final = Statement(
    "documents.append",
    "write",
    """
    MATCH (h:DocumentHead {key: $family})
    SET h.number = $number, h.version = $key
    CREATE (:DocumentVersion {key: $key, family: $family, number: $number, text: $text, digest: $digest,
                              author: $author, reason: $reason, published_ms: $published_ms})
    """,
)
_FETCH: Final = Statement(
    "documents.fetch",
    "read",
    """
    MATCH (v:DocumentVersion {family: $family})
    RETURN v.number AS number, v.digest AS digest, v.author AS author, v.reason AS reason,
           v.published_ms AS published_ms
    ORDER BY v.number DESC LIMIT $limit
    """,
)
_FETCH_CURRENT: Final = Statement(
    "documents.fetch_current",
    "read",
    """
    MATCH (h:DocumentHead) WHERE h.key STARTS WITH $start
    MATCH (v:DocumentVersion {key: h.version})
    RETURN h.key AS family, v.number AS number, v.digest AS digest, v.author AS author, v.reason AS reason,
           v.published_ms AS published_ms
    ORDER BY family
    """,
)
_GET: Final = Statement(
    "documents.get",
    "read",
    """
    MATCH (v:DocumentVersion {key: $key})
    RETURN v.number AS number, v.digest AS digest, v.author AS author, v.reason AS reason,
           v.published_ms AS published_ms, v.text AS text
    """,
)
_FIND_CURRENT: Final = Statement(
    "documents.find_current",
    "read",
    """
    MATCH (h:DocumentHead {key: $family})
    MATCH (v:DocumentVersion {key: h.version})
    RETURN v.number AS number, v.digest AS digest, v.author AS author, v.reason AS reason,
           v.published_ms AS published_ms, v.text AS text
    """,
)
_FETCH_TEXTS: Final = Statement(
    "documents.fetch_texts",
    "read",
    """
    MATCH (v:DocumentVersion {family: $family})
    RETURN v.number AS number, v.digest AS digest, v.author AS author, v.reason AS reason,
           v.published_ms AS published_ms, v.text AS text
    ORDER BY v.number
    """,
)
_FIND_NUMBER: Final = Statement(
    "documents.find_number", "read", "OPTIONAL MATCH (h:DocumentHead {key: $family}) RETURN h.number AS number"
)


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One publication; `number` counts a family's from 1, `digest` is the SHA-256 of the text in hexadecimal digits."""

    number: int
    digest: str
    author: str
    reason: str
    published_ms: int


@dataclass(frozen=True, slots=True)
class PublishedDocument:
    """A version with its document, exactly as it was published."""

    version: DocumentVersion
    text: str


async def publish(
    tx: Transaction,
    family: str,
    text: str,
    *,
    author: str,
    reason: str,
    published_ms: int,
    base: int | None = None,
    before: str | None = None,
) -> DocumentVersion:
    """Append a text, which was checked, as a family's next version and make it the current one.

    Args:
        base: the version that the text was compared with; None where it was with none in particular.
        before: the text that was in force without having been published; kept as version 0, of all time before.

    Raises:
        Conflict: the current version has this very text, or is another one than `base`.
    """
    await tx.run(_LOCK, family=family)
    heads = await tx.run(_FIND_HEAD, family=family)
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
    if before is not None:
        await _append(tx, family, before, DocumentVersion(0, digest_of(before), "memberhub", "It shipped.", 0))
    version = DocumentVersion(current + 1, digest, author, reason, published_ms)
    await _append(tx, family, text, version)
    return version


async def fetch_versions(graph: Graph, family: str, *, limit: int = 100) -> list[DocumentVersion]:
    """A family's latest versions, newest first; empty where none was published."""
    return [DocumentVersion(**row) for row in await graph.read(_FETCH, family=family, limit=limit)]


async def fetch_current(graph: Graph, start: str) -> dict[str, DocumentVersion]:
    """What is in force in each family whose name starts so, by family."""
    rows = [row.data() for row in await graph.read(_FETCH_CURRENT, start=start)]
    return {row.pop("family"): DocumentVersion(**row) for row in rows}


async def fetch_texts(graph: Graph, family: str) -> list[PublishedDocument]:
    """All versions of a family with their texts, oldest first."""
    return [_read(row) for row in await graph.read(_FETCH_TEXTS, family=family)]


async def find_version(graph: Graph, family: str, number: int) -> PublishedDocument | None:
    """A version with its text; None where there is none of that number."""
    return _first(await graph.read(_GET, key=_key(family, number)))


async def get_version(graph: Graph, family: str, number: int) -> PublishedDocument:
    """A version with its text; raises NotFound where there is none of that number."""
    if found := await find_version(graph, family, number):
        return found
    raise NotFound(f"There is no version {number} of {_tell(family)}.")


async def find_current(graph: Graph, family: str) -> PublishedDocument | None:
    """The version in force; None where none was published."""
    return _first(await graph.read(_FIND_CURRENT, family=family))


async def find_published(graph: Graph, family: str, number: int | None) -> PublishedDocument | None:
    """A version by its number, or for None what is in force; raises NotFound as `get_version`."""
    return await find_current(graph, family) if number is None else await get_version(graph, family, number)


async def find_number(reader: Reader, family: str) -> int:
    """The number of the version in force; 0 where none was published."""
    rows = await read_rows(reader, _FIND_NUMBER, family=family)
    return int(rows[0]["number"] or 0)


def digest_of(text: str) -> str:
    """What tells one text from another."""
    return hashlib.sha256(text.encode()).hexdigest()


def _key(family: str, number: int) -> str:
    return f"{family}|{number}"


def _first(rows: list[Record]) -> PublishedDocument | None:
    return _read(rows[0]) if rows else None


def _read(record: Record) -> PublishedDocument:
    row: dict[str, Any] = record.data()
    text = row.pop("text")
    return PublishedDocument(DocumentVersion(**row), text)


async def _append(tx: Transaction, family: str, text: str, version: DocumentVersion) -> None:
    await tx.run(_APPEND, key=_key(family, version.number), family=family, text=text, **asdict(version))


def _tell(family: str) -> str:
    return "the identity policy" if family == IDENTITY else f"the {family.replace(':', ' ')}"
