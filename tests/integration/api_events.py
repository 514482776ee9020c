"""Subscribers of an application on a real port, by server-sent events and by WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

import anyio
import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from hub.http.sockets import PROTOCOL

_PATIENCE_S = 20


class Sent(NamedTuple):
    """A server-sent event; `body` is None where it has no data."""

    event: str
    id: str
    body: Any


class Listener:
    """Reads what a server sends on one connection."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> Sent:
        """The next event; signs of life are passed over."""
        said: dict[str, str] = {}
        with anyio.fail_after(_PATIENCE_S):
            async for line in self._lines:
                name, _, value = line.partition(":")
                if name:
                    said[name] = value.strip()
                elif said:
                    return Sent(said["event"], said.get("id", ""), orjson.loads(said["data"]) if said["data"] else None)
                elif line == "":
                    said = {}
        raise AssertionError("the stream ended without a word")

    async def told(self) -> Any:
        """The data of the next result, which must be without errors."""
        sent = await self.next()
        assert sent.event == "next", sent
        assert "errors" not in sent.body, sent
        return sent.body["data"]


@asynccontextmanager
async def listening(
    address: str, query: str, variables: dict[str, Any] | None = None, *, token: str = "", after: str = ""
) -> AsyncIterator[Listener]:
    """A listener whose subscription has begun."""
    headers = {"Accept": "text/event-stream"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"Last-Event-ID": after} if after else {}
    asked = {"query": query, "variables": variables}
    async with (
        httpx.AsyncClient(base_url=address, timeout=_PATIENCE_S) as client,
        client.stream("POST", "/graphql", json=asked, headers=headers) as response,
    ):
        yield Listener(response)


class Talk:
    """A WebSocket that speaks the protocol."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(orjson.dumps(message).decode())

    async def hear(self) -> Any:
        with anyio.fail_after(_PATIENCE_S):
            return orjson.loads(await self.socket.recv())

    async def begin(self, **payload: str) -> None:
        await self.say(type="connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, operation: str, query: str, **variables: Any) -> None:
        await self.say(id=operation, type="subscribe", payload={"query": query, "variables": variables})

    async def closed(self) -> tuple[int | None, str | None]:
        """The code and the reason with which the server closes it, whatever it says before."""
        with anyio.fail_after(_PATIENCE_S), suppress(ConnectionClosedError):
            async for _ in self.socket:
                pass
        return self.socket.close_code, self.socket.close_reason


@asynccontextmanager
async def talking(address: str, *, protocol: str = PROTOCOL, origin: Any = None) -> AsyncIterator[Talk]:
    """A connection that has not begun yet."""
    url = address.replace("http", "ws", 1) + "/graphql"
    async with connect(url, subprotocols=[protocol], origin=origin, proxy=None) as socket:  # type: ignore[list-item]
        yield Talk(socket)
