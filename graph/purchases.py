"""What persons bought in a time, page by page, for those who work something out over all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from graph.database import Graph
from graph.order_states import decode_lines
from graph.statement import Statement
from hub.core.model import OrderLine

_FETCH: Final = Statement(
    "purchases.fetch",
    "read",
    """
    UNWIND $ids AS id
    MATCH (p:Person {id: id})<-[:OF]-(:Record)<-[:PLACED_BY]-(o:Order)
    WHERE o.placed_ms >= $from_ms AND o.placed_ms < $to_ms AND o.status IN $statuses
    RETURN id AS person, p.golden AS golden, o.system AS system, o.order_id AS order_id, o.store AS store,
           o.placed_ms AS placed_ms, o.amount_fen AS amount_fen, o.lines AS lines
    ORDER BY person, placed_ms, system, order_id
    """,
)


class Purchase(NamedTuple):
    """An order of a person, whose stored golden record is `golden`."""

    person: str
    golden: str | None
    system: str
    order_id: str
    store: str | None
    placed_ms: int
    amount_fen: int
    lines: tuple[OrderLine, ...]


async def fetch_purchases(
    graph: Graph, ids: Sequence[str], *, from_ms: int, to_ms: int, statuses: Sequence[str]
) -> list[Purchase]:
    """Orders of persons that were placed in a time and have one of these statuses, by person and time."""
    rows = await graph.read(_FETCH, ids=list(ids), from_ms=from_ms, to_ms=to_ms, statuses=list(statuses))
    return [Purchase(**{**row.data(), "lines": tuple(one.line for one in decode_lines(row["lines"]))}) for row in rows]
