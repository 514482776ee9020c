"""`python -m bench.listed PORT hub|plain`: a list of 20 objects of 6 fields from memory, over HTTP.

By the hub's schema class, with its plans, gate, limits and meter; or by strawberry's as it comes, with its own caches.
"""

from __future__ import annotations

import gc
import sys
from typing import Any, Final

import orjson
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.extensions import ParserCache, ValidationCache

from hub.core.access import OPEN
from hub.core.clock import now_ms
from hub.services.ledger.programmes import Programmes
from resolvers.access import ANYONE, opened_by
from resolvers.context import make_context
from resolvers.reads import Reads
from resolvers.schema import EXTENSIONS, HubSchema

QUERY: Final = "{ things { id name size weight good note } }"


@opened_by(*ANYONE)
@strawberry.type
class Thing:
    id: strawberry.ID
    name: str
    size: int
    weight: float
    good: bool
    note: str | None


_THINGS: Final = [Thing(id=strawberry.ID(str(n)), name=f"thing {n}", size=n, weight=n / 2, good=n % 2 == 0, note=None)
                  for n in range(20)]  # fmt: skip


_NOTHING: Any = None
"""What the hub reads with, of which this list needs nothing."""


@opened_by(*ANYONE)
@strawberry.type
class Query:
    @strawberry.field
    async def things(self) -> list[Thing]:
        return _THINGS


def main() -> None:
    """Serve until told to end."""
    port, side = sys.argv[1:]
    schema = HubSchema(Query, extensions=EXTENSIONS) if side == "hub" else _plain()
    uvicorn.run(
        _make_app(schema), port=int(port), http="httptools", loop="uvloop", ws="none", log_config=None, access_log=False
    )


def _plain() -> strawberry.Schema:
    return strawberry.Schema(Query, extensions=[ParserCache, ValidationCache])


def _make_app(schema: strawberry.Schema) -> Starlette:
    programmes, reads = Programmes([]), Reads(_NOTHING)

    async def answer(request: Request) -> Response:
        asked: dict[str, Any] = orjson.loads(await request.body())
        context = make_context(_NOTHING, _NOTHING, programmes, reads, grant=OPEN, now_ms=now_ms())
        result = await schema.execute(asked["query"], asked.get("variables"), context)
        return Response(orjson.dumps({"data": result.data, "errors": result.errors}), media_type="application/json")

    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    gc.collect()
    gc.freeze()
    return app


if __name__ == "__main__":
    main()
