"""Changes that are to be told: an outbox of marks, each written in the transaction that changes something.

A mark says of what kind a change is and what it is about, by ids alone; whoever hears of it reads the thing itself.
So nothing is told that was not stored, and nothing stored is forgotten, whatever breaks down in between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, LiteralString, NamedTuple

from ulid import ULID

from graph.database import Graph, Transaction
from graph.statement import Statement

Kind = Literal["person", "moved", "balance", "case"]
"""`moved`: records came or went, so that their person and what that holds have changed."""

# ArcadeDB keeps a node in one page.
_MOST_TOGETHER: Final = 500
MARK: Final = """
    CALL () {
        UNWIND $marks AS row
        CREATE (:Change {key: row[0], kind: row[1], ids: row[2], programme: row[3]})
        RETURN count(*) AS marked
    }
"""
"""A part of a statement that marks what `mark_rows` gives as `marks`."""


def mark_case(key: LiteralString) -> LiteralString:
    """A part of a statement that marks a case `c`; `key` says where the statement finds what `draw_key` gave."""
    return "CREATE (:Change {key: " + key + ", kind: 'case', ids: [c.id], programme: ''})"


# A mark's key begins with its time. The keys of the index are bounded first: where persons are looked up as well,
# ArcadeDB takes the marks that were created first, and asked for their order it sorts all that there are.
_FIND_BOUND: Final = Statement(
    "changes.find_bound",
    "read",
    "MATCH (c:Change) WHERE c.key > '' WITH c.key AS key LIMIT $limit RETURN max(key) AS key",
)
_FETCH: Final = Statement(
    "changes.fetch",
    "read",
    """
    MATCH (c:Change)
    WHERE c.key > '' AND c.key <= $bound
    WITH c ORDER BY c.key LIMIT $limit
    UNWIND c.ids AS id
    OPTIONAL MATCH (:Record {birth_id: id})-[:OF]->(p:Person)
    RETURN c.key, c.kind, id, c.programme, p.id
    """,
)
_FORGET: Final = Statement("changes.forget", "write", "UNWIND $keys AS key MATCH (c:Change {key: key}) DELETE c")
_COUNT: Final = Statement("changes.count", "read", "MATCH (c:Change) RETURN count(c) AS waiting, min(c.key) AS first")


class Mark(NamedTuple):
    """Something that changed.

    Attributes:
        id: of a case, or any id of a person that was ever given out.
        programme: whose balance it is; empty where that is not known, or does not matter.
    """

    kind: Kind
    id: str
    programme: str = ""


@dataclass(frozen=True, slots=True)
class StoredMark:
    """A mark in the outbox.

    Attributes:
        key: of what was marked together, in one transaction.
        person: who lives by its id now; None where nobody does, or it is no person's.
    """

    key: str
    mark: Mark
    person: str | None

    @property
    def at_ms(self) -> int:
        """When the change was being written."""
        return ULID.from_str(self.key).milliseconds


class Backlog(NamedTuple):
    """How many keys wait to be told, and since when the first of them does; None where none do."""

    waiting: int
    since_ms: int | None


def draw_key() -> str:
    """A key for a mark that is made now."""
    return str(ULID())


def mark_rows(marks: Iterable[Mark]) -> list[list[Any]]:
    """Marks as `MARK` expects them: of all that are alike one node, so that they cost an import next to nothing."""
    ids: dict[tuple[Kind, str], list[str]] = defaultdict(list)
    for kind, id, programme in sorted(set(marks)):
        ids[kind, programme].append(id)
    return [
        [draw_key(), kind, alike[start : start + _MOST_TOGETHER], programme]
        for (kind, programme), alike in ids.items()
        for start in range(0, len(alike), _MOST_TOGETHER)
    ]


async def fetch(graph: Graph, *, limit: int) -> list[StoredMark]:
    """The marks that wait longest, in the order of their keys; up to `limit` keys with all that they mark."""
    [bound] = await graph.read(_FIND_BOUND, limit=limit)
    if bound["key"] is None:
        return []
    rows = await graph.read(_FETCH, bound=bound["key"], limit=limit)
    found = (StoredMark(key, Mark(kind, id, programme), person) for key, kind, id, programme, person in rows)
    return sorted(found, key=lambda one: (one.key, one.mark.id))


async def forget(tx: Transaction, keys: Collection[str]) -> None:
    """Take marks out of the outbox; those that are gone already are none of its business."""
    await tx.run(_FORGET, keys=sorted(keys))


async def count(graph: Graph) -> Backlog:
    """What waits in the outbox."""
    [row] = await graph.read(_COUNT)
    return Backlog(row["waiting"], ULID.from_str(row["first"]).milliseconds if row["first"] else None)
