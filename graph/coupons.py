"""Coupons as they are found by who presents them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from neo4j import Record

from graph.reading import Reader, read_rows
from graph.statement import Statement

_FIND_COUPON: Final = Statement(
    "membership.find_coupon",
    "read",
    """
    MATCH (n:Coupon {code: $code})
    OPTIONAL MATCH (n)<-[:HAS]-(:Record)-[:OF]->(p:Person)
    RETURN p.id AS person, properties(n) AS coupon
    """,
)
_FIND_ISSUED: Final = Statement(
    "membership.find_issued",
    "read",
    """
    MATCH (n:Coupon {key: $key})
    OPTIONAL MATCH (n)<-[:HAS]-(:Record)-[:OF]->(p:Person)
    RETURN p.id AS person, properties(n) AS coupon
    """,
)


class StoredCoupon(NamedTuple):
    """A coupon, and who holds it; nobody where its holder is erased."""

    person: str | None
    properties: dict[str, Any]


async def find_coupon(reader: Reader, code: str) -> StoredCoupon | None:
    """A coupon by its code."""
    return _read(await read_rows(reader, _FIND_COUPON, code=code))


async def find_issued(reader: Reader, key: str) -> StoredCoupon | None:
    """The coupon that an operation issued."""
    return _read(await read_rows(reader, _FIND_ISSUED, key=key))


def _read(rows: list[Record]) -> StoredCoupon | None:
    return StoredCoupon(rows[0]["person"], dict(rows[0]["coupon"])) if rows else None
