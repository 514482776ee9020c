"""The application, put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from hub.core.errors import HubError
from hub.core.settings import Settings
from hub.core.traces import tracing
from hub.http.backlog import Backlog
from hub.http.body_limit import Bounds
from hub.http.ending import beside
from hub.http.envelope import Envelope
from hub.http.errors import answer_http_exception, answer_hub_error
from hub.http.graphiql import make_asset_routes
from hub.http.graphql import GraphQLEndpoint
from hub.http.heads import find_header
from hub.http.health import answer_alive, answer_ready
from hub.http.hosts import Hosts, is_loopback
from hub.http.in_force import following_documents
from hub.http.metrics import Metrics
from hub.http.oauth.endpoints import TokenEndpoint
from hub.http.operations import Operations
from hub.http.resources import open_resources
from hub.http.shortcut import Shortcut
from hub.http.sockets import SocketsEndpoint
from hub.http.sse import EventsEndpoint, wants_events
from hub.http.streams import Streams


def create_app(settings: Settings) -> Starlette:
    """The API; its lifespan opens the graph and the queue and raises as `open_resources` does.

    Raises InvalidSettings as `GraphQLEndpoint` does.
    Open on loopback, it answers only requests that name loopback, whoever sends them.
    """
    metrics = Metrics()
    open_here = settings.access == "open" and is_loopback(settings.http_host)
    hosts = Hosts(settings.http_host) if open_here else None
    endpoint = GraphQLEndpoint(settings, Operations(metrics.registry, slow_s=settings.graphql_slow_s))
    streams = Streams(endpoint, settings, metrics.registry)
    sockets = SocketsEndpoint(endpoint.callers, streams, settings)
    events = EventsEndpoint(endpoint, streams)
    backlog = Backlog(metrics.registry)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with tracing(settings):
            async with (
                open_resources(settings, metrics.observe_statement) as resources,
                following_documents(resources),
                beside(resources.feed.run()),
                beside(backlog.watch(resources.graph)),
            ):
                app.state.resources = resources
                yield

    async def answer_graphql(request: Request) -> ASGIApp:
        wanting = wants_events(find_header(request.scope, b"accept"))
        return await (events if wanting else endpoint).answer(request)

    async def leave() -> None:
        app.state.resources.feed.close()
        await sockets.leave()

    graphql = Route("/graphql", answer_graphql, methods=["GET", "POST"])
    app = Starlette(
        routes=[
            Route("/", partial(answer_root, explore=endpoint.explore)),
            graphql,
            WebSocketRoute("/graphql", sockets.serve),
            Route("/healthz", answer_alive),
            Route("/readyz", answer_ready),
            Route("/metrics", metrics.answer),
            *(TokenEndpoint(settings).make_routes() if settings.access == "tokens" else ()),
            *(make_asset_routes() if endpoint.explore else ()),
        ],
        middleware=[
            Middleware(Envelope, metrics, Bounds(settings.http_max_body_bytes), hosts),
            Middleware(Shortcut, graphql, answer_graphql),
        ],
        exception_handlers={HubError: answer_hub_error, HTTPException: answer_http_exception},
        lifespan=lifespan,
    )
    # Whoever stops the server calls it first: what goes on without an end would hold it up.
    app.state.leave = leave
    return app


async def answer_root(request: Request, *, explore: bool) -> Response:
    """`GET /`: a browser goes to GraphiQL, a program learns where everything is."""
    if explore and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/graphql")
    return JSONResponse(
        {"name": "memberhub", "graphql": "/graphql", "alive": "/healthz", "ready": "/readyz", "metrics": "/metrics"}
    )
