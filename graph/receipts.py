"""Receipts: proof that a person's data was exported or erased, without any of that data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import orjson
from neo4j import Record

from graph.database import Graph, Transaction
from graph.statement import Statement

_PUT: Final = Statement(
    "receipts.put",
    "write",
    """
    CREATE (:Receipt {id: $id, kind: $kind, person_id: $person_id, at_ms: $at_ms, by: $by, reason: $reason,
                      sha256: $sha256, counts: $counts})
    """,
)
_FIND: Final = Statement(
    "receipts.find",
    "read",
    """
    MATCH (r:Receipt {id: $id})
    RETURN r.id, r.kind, r.person_id, r.at_ms, r.by, r.reason, r.sha256, r.counts
    """,
)
_FETCH: Final = Statement(
    "receipts.fetch",
    "read",
    """
    MATCH (r:Receipt)
    WHERE $person_id IS NULL OR r.person_id = $person_id
    RETURN r.id, r.kind, r.person_id, r.at_ms, r.by, r.reason, r.sha256, r.counts
    ORDER BY r.at_ms DESC, r.id DESC LIMIT $limit
    """,
)

Kind = Literal["export", "erasure"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done for a person.

    Attributes:
        person_id: the id of the person at that time.
        by, reason: as the caller stated them, with what looks like personal data hidden.
        sha256: of the canonical JSON of what was exported; of an erasure, of the erased ids and its counts.
        counts: records, orders and so on, by name.
    """

    id: str
    kind: Kind
    person_id: str
    at_ms: int
    by: str
    reason: str
    sha256: str
    counts: Mapping[str, int]


async def put_receipt(tx: Transaction, receipt: Receipt) -> None:
    """Store a new receipt in the transaction of what it is about."""
    await tx.run(
        _PUT,
        id=receipt.id,
        kind=receipt.kind,
        person_id=receipt.person_id,
        at_ms=receipt.at_ms,
        by=receipt.by,
        reason=receipt.reason,
        sha256=receipt.sha256,
        counts=orjson.dumps(dict(receipt.counts)).decode(),
    )


async def find_receipt(tx: Transaction, receipt_id: str) -> Receipt | None:
    """A receipt by its id."""
    rows = await tx.run(_FIND, id=receipt_id)
    return _receipt(rows[0]) if rows else None


async def fetch_receipts(graph: Graph, *, person_id: str | None = None, limit: int = 100) -> list[Receipt]:
    """The latest receipts, of everybody or of one person's id, newest first."""
    return [_receipt(row) for row in await graph.read(_FETCH, person_id=person_id, limit=limit)]


def _receipt(row: Record) -> Receipt:
    receipt_id, kind, person_id, at_ms, by, reason, sha256, counts = row
    return Receipt(receipt_id, kind, person_id, at_ms, by, reason, sha256, orjson.loads(counts))
