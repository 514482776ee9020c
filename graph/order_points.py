"""Orders whose points have to be settled, and what was posted for them.

A writer marks the order in the transaction that changes it: `unsettled_ms`, which is when it was placed, is indexed and
is there for marked orders only. Of one that is set aside it is when to try again. `marked_ms` is when it was marked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from graph.database import Graph, Transaction
from graph.order_states import decode_header, decode_lines
from graph.statement import Statement
from hub.core.model import OrderState
from hub.core.order_points import OrderPoints, PostedLot

# Both engines read an index in its order. To have them sort would have them read all that is marked for each page.
_FIND: Final = Statement(
    "order_points.find",
    "read",
    """
    MATCH (o:Order)
    WHERE o.unsettled_ms >= 0 AND o.unsettled_ms <= $now_ms
    WITH o LIMIT $limit
    OPTIONAL MATCH (o)-[:PLACED_BY]->(:Record)-[:OF]->(p:Person)
    RETURN o.unsettled_ms, o.key, p.id
    """,
)
_COUNT: Final = Statement(
    "order_points.count", "read", "MATCH (o:Order) WHERE o.unsettled_ms >= 0 RETURN count(*) AS waiting"
)
# Taking the mark off locks the order, so that what is read then is what nobody else changes.
_TAKE: Final = Statement(
    "order_points.take",
    "write",
    """
    UNWIND $keys AS key
    MATCH (o:Order {key: key})
    WHERE o.unsettled_ms >= 0
    SET o.unsettled_ms = null, o.marked_ms = null
    WITH o
    OPTIONAL MATCH (o)-[:PLACED_BY]->(r:Record)-[:OF]->(p:Person)
    RETURN o.system, o.order_id, o.header, o.lines, o.points, r.key, r.birth_id, p.id, p.golden
    """,
)
_SET_ASIDE: Final = Statement(
    "order_points.set_aside",
    "write",
    "MATCH (o:Order {key: $key}) WHERE o.unsettled_ms >= 0 SET o.unsettled_ms = $until_ms",
)
_PUT: Final = Statement(
    "order_points.put", "write", "UNWIND $rows AS row MATCH (o:Order {key: row[0]}) SET o.points = row[1]"
)
_FETCH_BUYERS: Final = Statement(
    "order_points.fetch_buyers",
    "read",
    """
    UNWIND $keys AS key
    MATCH (o:Order {key: key})
    WHERE o.unsettled_ms >= 0
    MATCH (o)-[:PLACED_BY]->(:Record)-[:OF]->(p:Person)
    RETURN o.points, p.id
    """,
)
_FETCH_OF_PERSONS: Final = Statement(
    "order_points.fetch_of_persons",
    "read",
    """
    UNWIND $persons AS person
    MATCH (:Person {id: person})<-[:OF]-(:Record)<-[:PLACED_BY]-(o:Order)
    WHERE o.points IS NOT NULL
    RETURN person, o.key, o.points
    """,
)


class Owner(NamedTuple):
    """Whose an order is: the record, its birth id, its person now, and their golden record as stored."""

    record: str
    birth_id: str
    person: str
    golden: str | None


@dataclass(frozen=True, slots=True)
class TakenOrder:
    """An order, locked, with what was posted for it by programme; `owner` is None for a guest's."""

    state: OrderState
    points: Mapping[str, OrderPoints]
    owner: Owner | None


class Marked(NamedTuple):
    """A marked order; `person` is whose it is, empty for a guest's."""

    placed_ms: int
    key: str
    person: str


async def find_marked(graph: Graph, *, now_ms: int, limit: int) -> list[Marked]:
    """Marked orders that are not set aside, those that were placed first before the others."""
    return sorted(Marked(row[0], row[1], row[2] or "") for row in await graph.read(_FIND, now_ms=now_ms, limit=limit))


async def count_marked(graph: Graph) -> int:
    """How many orders are marked."""
    [row] = await graph.read(_COUNT)
    return int(row["waiting"])


async def set_aside(tx: Transaction, key: str, until_ms: int) -> None:
    """Leave a marked order until an instant, or until it changes."""
    await tx.run(_SET_ASIDE, key=key, until_ms=until_ms)


async def take_orders(tx: Transaction, keys: Iterable[str]) -> list[TakenOrder]:
    """Lock those of the orders that are marked, and take off their marks."""
    return [_taken(*row) for row in await tx.run(_TAKE, keys=sorted(keys))]


async def put_points(tx: Transaction, points: Mapping[str, Mapping[str, OrderPoints]]) -> None:
    """Keep what was posted, by order and programme."""
    rows = [[key, encode_points(by_programme)] for key, by_programme in sorted(points.items())]
    await tx.run(_PUT, rows=rows)


async def fetch_buyers(tx: Transaction, keys: Iterable[str]) -> list[tuple[dict[str, OrderPoints], str]]:
    """What was posted by programme and whose it is, of those of the orders that are marked; guests' are left out."""
    rows = await tx.run(_FETCH_BUYERS, keys=sorted(keys))
    return [(decode_points(points) if points else {}, person) for points, person in rows]


async def fetch_of_persons(tx: Transaction, persons: Collection[str]) -> list[tuple[str, str, dict[str, OrderPoints]]]:
    """Person, order and what was posted by programme, for each order of these persons that has points."""
    rows = await tx.run(_FETCH_OF_PERSONS, persons=sorted(persons))
    return [(person, order, decode_points(points)) for person, order, points in rows]


def _taken(
    system: str,
    order_id: str,
    header: str,
    lines: str,
    points: str | None,
    record: str | None,
    birth_id: str | None,
    person: str | None,
    golden: str | None,
) -> TakenOrder:
    owner = Owner(record, birth_id, person, golden) if record and birth_id and person else None
    state = OrderState(system, order_id, decode_header(header), decode_lines(lines))
    return TakenOrder(state, decode_points(points) if points else {}, owner)


def encode_points(points: Mapping[str, OrderPoints]) -> str:
    """The stored text: JSON, by programme the fields in their order."""
    rows = {name: [getattr(one, field) for field in OrderPoints.__slots__] for name, one in sorted(points.items())}
    return orjson.dumps(rows, default=tuple).decode()


def decode_points(text: str) -> dict[str, OrderPoints]:
    """What `encode_points` has written."""
    return {name: _read_points(*row) for name, row in orjson.loads(text).items()}


def _read_points(*fields: Any) -> OrderPoints:
    version, basis, paid_ms, by_line, rule, kept, lots, steps, refused = fields
    read = tuple(PostedLot(*lot) for lot in lots)
    return OrderPoints(version, basis, paid_ms, by_line, rule, kept, read, steps, refused)
