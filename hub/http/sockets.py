"""GraphQL over WebSocket, by the protocol graphql-transport-ws.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md says what its messages and close codes mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.http.buckets import name_client
from hub.http.callers import PURPOSE_HEADER, Callers, name_payer
from hub.http.ending import end_all
from hub.http.refusals import Refused
from hub.http.shares import Shares
from hub.http.socket_operations import Running
from hub.http.streams import Streams
from resolvers.failures import log_unexpected

PROTOCOL: Final = "graphql-transport-ws"
_INIT_WITHIN_S: Final = 10.0
_SEND_WITHIN_S: Final = 30.0
_MOST_REASON_BYTES: Final = 123
_MOST_ID_CHARS: Final = 128
_GOING_AWAY: Final = 1001
_LEAVE_WITHIN_S: Final = 1.0


class Closed(Exception):
    """Why a connection is closed, as its last word to the caller."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


_FOREIGN: Final = Closed(4406, f"Subprotocol not acceptable: speak {PROTOCOL}")
_FULL: Final = Closed(1013, "There are as many connections as there may be: try again later, or follow more over one")
_SHARE_TAKEN: Final = Closed(1013, "You have as many connections as one client may: end some, or follow more over one")


class SocketsEndpoint:
    """Connections to `/graphql` that stay."""

    def __init__(self, callers: Callers, streams: Streams, settings: Settings) -> None:
        self._callers = callers
        self._streams = streams
        self._settings = settings
        self._open: set[_Connection] = set()
        self._shares = Shares(settings.graphql_max_sockets_per_client)

    async def serve(self, socket: WebSocket) -> None:
        """Answer until either side closes it. A page of another site is not even connected."""
        if not _may_connect(socket):
            await socket.close()
            return
        connection = _Connection(socket, self._callers, self._streams, self._settings, self._shares)
        if len(self._open) >= self._settings.graphql_max_sockets:
            await connection.refuse(_FULL)
            return
        if not self._shares.take(connection.payer):
            await connection.refuse(_SHARE_TAKEN)
            return
        self._open.add(connection)
        try:
            await connection.begin()
        finally:
            self._open.discard(connection)
            self._shares.give_back(connection.payer)

    async def leave(self) -> None:
        """Close all, because the server stops."""
        for connection in self._open:
            connection.end(Closed(_GOING_AWAY, "The server stops: connect again"))
        if self._open:
            await asyncio.wait([connection.closed for connection in self._open], timeout=_LEAVE_WITHIN_S)


class _Connection:
    """One connection: `serve` reads what comes, `end` has it closed, `closed` is done once it is.

    Attributes:
        payer: whose share it counts for: its address's until the caller has said who they are.
    """

    def __init__(
        self, socket: WebSocket, callers: Callers, streams: Streams, settings: Settings, shares: Shares
    ) -> None:
        self._socket = socket
        self._callers = callers
        self._headers = socket.scope["headers"]
        self._shares = shares
        self.payer = name_client(self._make_request())
        self._most = settings.graphql_max_subscriptions_per_socket
        self._running = Running(streams, self._send)
        self._ended: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._expiry: asyncio.TimerHandle | None = None

    def end(self, closed: Closed) -> None:
        if not self._ended.done():
            self._ended.set_result(closed)

    async def begin(self) -> None:
        """Serve, if the caller speaks the protocol."""
        if PROTOCOL not in self._socket.scope["subprotocols"]:
            await self.refuse(_FOREIGN)
            return
        await self._accept()
        await self.serve()

    async def refuse(self, closed: Closed) -> None:
        """Close it at once; it is opened first, because a browser tells its page nothing of an answer by HTTP."""
        await self._accept()
        await self._close(closed)

    async def _accept(self) -> None:
        known = PROTOCOL in self._socket.scope["subprotocols"]
        await self._socket.accept(subprotocol=PROTOCOL if known else None)

    async def serve(self) -> None:
        reading = asyncio.create_task(self._read_all())
        either: set[asyncio.Future[Any]] = {reading, self._ended}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_all([reading])
            if self._expiry is not None:
                self._expiry.cancel()
            if self._ended.done():
                await self._close(self._ended.result())
            self.closed.set_result(None)
            await self._running.drop_all()

    async def _read_all(self) -> None:
        try:
            try:
                async with asyncio.timeout(_INIT_WITHIN_S):
                    await self._begin()
            except TimeoutError:
                raise Closed(4408, "Connection initialisation timeout") from None
            while True:
                await self._take(await self._receive())
        except Closed as closed:
            self.end(closed)
        except WebSocketDisconnect:
            pass
        except Exception as error:
            self.end(Closed(1011, f"Internal error, id {log_unexpected(error)}"))

    async def _begin(self) -> None:
        """Wait for the caller to say who they are."""
        while (message := await self._receive())["type"] != "connection_init":
            if message["type"] == "subscribe":
                raise Closed(4401, "Unauthorized")
            await self._take(message)
        payload = message.get("payload") or {}
        if not isinstance(payload, dict):
            raise Closed(4400, "The payload of connection_init must be an object")
        self._headers = _with_credentials(self._headers, payload)
        asks = self._make_request()
        try:
            payer = name_payer(asks, await self._callers.identify(asks))
        except Refused as refused:
            raise Closed(4403, f"Forbidden: {refused.message}") from None
        if not self._shares.move(self.payer, payer):
            raise Closed(_SHARE_TAKEN.code, _SHARE_TAKEN.reason)  # one a refusal: it keeps where it was raised
        self.payer = payer
        expires_s = self._callers.find_expiry(asks)
        if expires_s is not None:
            expired = Closed(4403, "Forbidden: the token has expired, connect again with another one")
            left_s = max(0.0, expires_s - now_ms() / 1000)
            self._expiry = asyncio.get_running_loop().call_later(left_s, self.end, expired)
        await self._send({"type": "connection_ack"})

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await self._send({"type": "pong"})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete":
                self._running.drop(_read_id(message))
            case "connection_init":
                raise Closed(4429, "Too many initialisation requests")
            case _:
                raise Closed(4400, "There is no message of this type")

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        operation = _read_id(message)
        if operation in self._running:
            raise Closed(4409, f"Subscriber for {operation} already exists")
        if len(self._running) >= self._most:
            words = f"A connection has at most {self._most} operations at a time: end some, or connect once more."
            error = {"message": words, "extensions": {"code": "THROTTLED"}}
            await self._send({"id": operation, "type": "error", "payload": [error]})
            return
        self._running.begin(operation, self._make_request(), message.get("payload"))

    def _make_request(self) -> Request:
        """Each operation is asked as if it had come by POST, with a state of its own."""
        scope = {**self._socket.scope, "type": "http", "method": "POST", "headers": self._headers, "state": {}}
        return Request(scope)

    async def _receive(self) -> dict[str, Any]:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1006)
        try:
            said = orjson.loads(message.get("text") or b"")
        except orjson.JSONDecodeError:
            raise Closed(4400, "A message must be JSON, as a text") from None
        if not isinstance(said, dict) or not isinstance(said.get("type"), str):
            raise Closed(4400, "A message must be an object with a type")
        return said

    async def _send(self, message: Mapping[str, Any]) -> None:
        if self._ended.done():
            return
        try:
            async with asyncio.timeout(_SEND_WITHIN_S):
                await self._socket.send_text(orjson.dumps(message).decode())
        except TimeoutError:
            self.end(Closed(1013, "You take nothing any more: connect again"))

    async def _close(self, closed: Closed) -> None:
        reason = closed.reason.encode()[:_MOST_REASON_BYTES].decode(errors="ignore")
        try:
            async with asyncio.timeout(1):
                await self._socket.close(closed.code, reason)
        except (TimeoutError, RuntimeError, WebSocketDisconnect):
            pass  # the caller was faster


def _may_connect(socket: WebSocket) -> bool:
    """Whether it is no page of another site that connects: browsers ask nobody before they do."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == socket.headers.get("host", "").lower()


def _with_credentials(headers: list[tuple[bytes, bytes]], payload: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Headers with those that a browser cannot send when it connects, from the first message."""
    named = {"authorization", PURPOSE_HEADER.lower()}
    said = {name.lower(): value for name, value in payload.items() if isinstance(value, str) and value.isascii()}
    given = [(name.encode(), said[name].encode()) for name in sorted(named & said.keys())]
    replaced = {name for name, _ in given}
    return [*(header for header in headers if header[0] not in replaced), *given]


def _read_id(message: Mapping[str, Any]) -> str:
    operation = message.get("id")
    if not isinstance(operation, str) or not 0 < len(operation) <= _MOST_ID_CHARS:
        raise Closed(4400, f"An operation's id is a text of 1 to {_MOST_ID_CHARS} characters")
    return operation
