"""Clients of the API with tokens, and an application that wants them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, cast

import httpx
from starlette.applications import Starlette

from graph.clients import Client
from graph.database import Graph
from hub.core.access import Scope
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.http.app import create_app
from hub.http.resources import Resources
from hub.services.access.clients import WithSecret, add_client
from tests.integration.api_client import open_client
from tests.support.served import served_on


@asynccontextmanager
async def open_guarded(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that asks everybody for a token."""
    async with open_client(_guarded(settings)) as client:
        yield client


def serve_guarded(settings: Settings) -> AbstractContextManager[str]:
    """The base address of such an application on a real port, while the block runs."""
    return served_on(create_app(_guarded(settings)))


def _guarded(settings: Settings) -> Settings:
    return settings.model_copy(update={"access": "tokens"})


def resources_of(client: httpx.AsyncClient) -> Resources:
    """What the application behind a client holds open."""
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    resources: Resources = cast(Starlette, transport.app).state.resources
    return resources


async def make_client(graph: Graph, *scopes: Scope, programmes: tuple[str, ...] = ()) -> WithSecret:
    """A client for these scopes, and for the purpose `testing`."""
    return await add_client(graph, "test", scopes=scopes, programmes=programmes, purposes=["testing"], now_ms=now_ms())


async def ask_for_token(client: httpx.AsyncClient, known: Client, secret: str, **form: str) -> httpx.Response:
    """The raw answer to a request for a token, by HTTP Basic."""
    return await client.post("/oauth/token", data={"grant_type": "client_credentials", **form}, auth=(known.id, secret))


async def get_token(client: httpx.AsyncClient, made: WithSecret) -> str:
    """A token for everything that a client may do."""
    response = await ask_for_token(client, *made)
    assert response.status_code == 200, response.text
    token: str = response.json()["access_token"]
    return token


async def post_as(
    client: httpx.AsyncClient, token: str, query: str, variables: dict[str, Any] | None = None, purpose: str = ""
) -> httpx.Response:
    """The raw answer to an operation of a token's client; of a subscription only where it is refused."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Hub-Purpose": purpose} if purpose else {})
    if query.startswith("subscription"):
        headers["Accept"] = "text/event-stream"
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
