"""Notices of tiers: an outbox of what a review found to be told, numbered from 1 in each programme.

A notice is written in the transaction that notes the standing, so that nothing is told before it is stored or twice. It
hangs on a record of the person's, with which it is erased; numbers of those are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from graph.database import Graph, Transaction
from graph.failures import vanished
from graph.statement import Statement

# Reviews of a programme wait for each other (Neo4j) or are repeated (ArcadeDB): numbers are given out in the order in
# which they can be read, and who goes on behind one misses none.
_LOCK: Final = Statement(
    "notices.lock",
    "write",
    """
    MERGE (h:NoticeHead {key: $programme})
    ON CREATE SET h.number = 0, h.revision = 0
    ON MATCH SET h.revision = h.revision + 1
    """,
)
_FIND_LAST: Final = Statement(
    "notices.find_last", "read", "MATCH (h:NoticeHead {key: $programme}) RETURN h.number AS number"
)
_APPEND: Final = Statement(
    "notices.append",
    "write",
    """
    UNWIND $rows AS row
    MATCH (r:Record {birth_id: row.person})
    CREATE (r)-[:TOLD]->(n:TierNotice) SET n = row
    """,
)
_ADVANCE: Final = Statement("notices.advance", "write", "MATCH (h:NoticeHead {key: $programme}) SET h.number = $number")
_FETCH: Final = Statement(
    "notices.fetch",
    "read",
    "UNWIND $keys AS key MATCH (n:TierNotice {key: key}) RETURN properties(n) AS notice",
)


@dataclass(frozen=True, slots=True)
class TierNotice:
    """Something to be told of a person's tier.

    Attributes:
        kind: `changed`: they have the tier since `from_ms`; `announced`: they will have it then unless they qualify
            again.
        before: the tier before, or until then; None where nothing was told of them before.
        why, rule, announced_ms: as of `rules.tiers.Stay`.
        told_ms: when the review found it.
        number: its place in the outbox.
    """

    kind: Literal["changed", "announced"]
    person: str
    before: str | None
    tier: str
    from_ms: int
    why: str
    rule: str
    announced_ms: int | None
    told_ms: int
    number: int = 0


async def lock(tx: Transaction, programme: str) -> int:
    """Make other reviews of a programme wait; returns the number of its last notice."""
    await tx.run(_LOCK, programme=programme)
    rows = await tx.run(_FIND_LAST, programme=programme)
    if not rows:
        raise vanished()  # it was another writer's, who has not kept it
    return int(rows[0]["number"])


async def append(tx: Transaction, programme: str, last: int, told: Sequence[TierNotice]) -> list[TierNotice]:
    """Keep notices behind the last one, as `lock` returned it; returns them with their numbers."""
    numbered = [replace(notice, number=last + place) for place, notice in enumerate(told, 1)]
    if numbered:
        await tx.run(_APPEND, rows=[_to_row(programme, notice) for notice in numbered])
        await tx.run(_ADVANCE, programme=programme, number=numbered[-1].number)
    return numbered


async def find_last(graph: Graph, programme: str) -> int:
    """The number of a programme's last notice; 0 where there is none."""
    rows = await graph.read(_FIND_LAST, programme=programme)
    return int(rows[0]["number"]) if rows else 0


async def fetch(graph: Graph, programme: str, *, after: int, limit: int) -> list[TierNotice]:
    """Those of the next `limit` numbers behind one that are still there, in their order."""
    keys = [_key(programme, number) for number in range(after + 1, after + limit + 1)]
    found = [_read(row["notice"]) for row in await graph.read(_FETCH, keys=keys)]
    return sorted(found, key=lambda one: one.number)


def _to_row(programme: str, notice: TierNotice) -> dict[str, Any]:
    said = {name: value for name, value in asdict(notice).items() if value is not None}
    return {**said, "key": _key(programme, notice.number), "programme": programme}


def _read(stored: dict[str, Any]) -> TierNotice:
    said: dict[str, Any] = {name: stored.get(name) for name in TierNotice.__slots__}
    return TierNotice(**said)


def _key(programme: str, number: int) -> str:
    return f"{programme}|{number}"
