"""`python -m bench.member_route PORT`: what a team that waits for no platform would write to answer for members.

A route each for one member and for a page of them, one Cypher each by the official asynchronous driver, auto-commit,
with maps in the shape of the answer; uvicorn with uvloop and httptools, orjson, `gc.freeze()`. No schema, no limits, no
metrics, no log.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString

import orjson
import uvicorn
from neo4j import READ_ACCESS, AsyncGraphDatabase
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.core.model import RawIdentifier
from hub.core.settings import Settings, load_settings
from hub.services.identity import Identity

_FIRST_ORDERS: Final = 5
_MEMBER: Final = """
    MATCH (:Identifier {key: $key})<-[c:CLAIMS]-(:Record)-[:OF]->(p:Person)
    WHERE c.valid_to_ms IS NULL
    WITH DISTINCT p
    MATCH (p)<-[:OF]-(r:Record)
    RETURN p.id AS id, r.system AS system, r.external_id AS externalId, r.created_ms AS firstSeenAt,
           [(r)-[c:CLAIMS]->(i:Identifier) |
            {type: i.type, scope: i.scope, masked: i.masked, verified: c.verified, validFrom: c.valid_from_ms}]
           AS identifiers,
           [(r)-[:HAS]->(n:Enrolment) | {programme: n.programme, joinedAt: n.joined_ms, channel: n.channel}]
           AS memberships,
           [(r)-[:HOLDS]->(a:Account) | {programme: a.programme, asset: a.asset, lots: a.free, holds: a.holds}]
           AS balances,
           [(r)<-[:PLACED_BY]-(o:Order) | {orderId: o.order_id, placedAt: o.placed_ms, status: o.status,
                                          amountFen: o.amount_fen}] AS orders
"""
_PAGE: Final = """
    MATCH (p:Person)
    WHERE p.id > $after AND EXISTS { (p)<-[:OF]-(:Record) }
    WITH p ORDER BY p.id LIMIT 100
    MATCH (p)<-[:OF]-(r:Record)
    RETURN p.id AS id,
           [(r)<-[:PLACED_BY]-(o:Order) | {orderId: o.order_id, placedAt: o.placed_ms, status: o.status,
                                          amountFen: o.amount_fen}] AS orders
"""


def main() -> None:
    """Serve until told to end."""
    settings = load_settings()
    uvicorn.run(
        _make_app(settings), port=int(sys.argv[1]), http="httptools", loop="uvloop", ws="none", log_config=None,
        access_log=False,
    )  # fmt: skip


def _make_app(settings: Settings) -> Starlette:
    driver = AsyncGraphDatabase.driver(
        settings.require_graph_uri(),
        auth=(settings.graph_user, settings.graph_password.get_secret_value()),
        notifications_min_severity="OFF",
    )
    identity = Identity.from_settings(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with driver:
            gc.collect()
            gc.freeze()
            yield

    async def read(statement: LiteralString, **parameters: str) -> list[dict[str, Any]]:
        async with driver.session(database=settings.graph_database, default_access_mode=READ_ACCESS) as session:
            result = await session.run(statement, parameters)
            return [row.data() async for row in result]

    async def answer(request: Request) -> Response:
        identifier = identity.normalise(RawIdentifier("phone", "", request.query_params["phone"]))
        assert identifier is not None
        rows = await read(_MEMBER, key=identity.key_of(identifier))
        return Response(orjson.dumps(_show(rows)), media_type="application/json")

    async def answer_page(request: Request) -> Response:
        rows = await read(_PAGE, after=request.query_params.get("after", ""))
        return Response(orjson.dumps(_show_page(rows)), media_type="application/json")

    return Starlette(routes=[Route("/member", answer), Route("/members", answer_page)], lifespan=lifespan)


def _show_page(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    orders: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        orders.setdefault(row["id"], []).extend(row["orders"])
    return [{"id": person, "orders": _first_orders(placed)} for person, placed in sorted(orders.items())]


def _first_orders(placed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(placed, key=lambda one: (-one["placedAt"], one["orderId"]))[:_FIRST_ORDERS]


def _show(rows: list[dict[str, Any]]) -> dict[str, Any]:
    gathered = {name: [one for row in rows for one in row[name]] for name in ("memberships", "balances", "orders")}
    names = ("system", "externalId", "firstSeenAt", "identifiers")
    records = [{name: row[name] for name in names} for row in rows]
    return {"id": rows[0]["id"], "records": records, **gathered, "orders": _first_orders(gathered["orders"])}


if __name__ == "__main__":
    main()
