"""Results as server-sent events, by the protocol of graphql-sse: a connection for each operation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import lru_cache
from typing import Final

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.http.answers import show_refusal, write_answer
from hub.http.ending import end_all
from hub.http.graphql import GraphQLEndpoint, writing
from hub.http.leaving import ended_with_caller
from hub.http.negotiation import GRAPHQL
from hub.http.refusals import Refused
from hub.http.streams import Streams, Told

EVENTS: Final = "text/event-stream"
_ALIVE_EVERY_S: Final = 12.0
_SEND_WITHIN_S: Final = 30.0
_ALIVE: Final = b":\n\n"
_COMPLETE: Final = b"event: complete\ndata:\n\n"
_HEADERS: Final = [
    (b"content-type", f"{EVENTS}; charset=utf-8".encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would wait until there is enough to be worth a packet
]


@lru_cache(maxsize=256)
def wants_events(accept: str) -> bool:
    """Whether a request with this Accept header wants its results one after the other."""
    return any(one.partition(";")[0].strip() == EVENTS for one in accept.lower().split(","))


class EventsEndpoint:
    """`GET` and `POST /graphql` of who wants events."""

    def __init__(self, endpoint: GraphQLEndpoint, streams: Streams) -> None:
        self._endpoint = endpoint
        self._streams = streams

    async def answer(self, request: Request) -> ASGIApp:
        """The results as events; what does not run at all is answered as any other request."""
        try:
            await self._endpoint.callers.identify(request)
            parameters = await self._endpoint.read(request)
        except Refused as refused:
            return write_answer(GRAPHQL, show_refusal(refused))
        with ended_with_caller(request.receive, lambda: writing(request)):
            opened = await self._streams.open(request, parameters)
        if isinstance(opened, Told):
            return _Events(_once(opened)) if opened.ran else write_answer(GRAPHQL, opened.answer)
        return _Events(opened)


class _Events:
    def __init__(self, results: AsyncGenerator[Told, None]) -> None:
        self._results = results

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._results), aclosing(_with_pauses(self._results)) as results:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await send({"type": "http.response.body", "body": _ALIVE, "more_body": True})
            with ended_with_caller(receive, lambda: False):
                async for told in results:
                    await _send(send, _ALIVE if told is None else _write(told))
                await _send(send, _COMPLETE, more=False)


async def _send(send: Send, text: bytes, *, more: bool = True) -> None:
    """Raises ClientDisconnect where a caller takes nothing any more."""
    try:
        async with asyncio.timeout(_SEND_WITHIN_S):
            await send({"type": "http.response.body", "body": text, "more_body": more})
    except TimeoutError:
        raise ClientDisconnect from None


async def _with_pauses(results: AsyncGenerator[Told, None]) -> AsyncGenerator[Told | None, None]:
    """The results, and None as often as there is none for a while: silence is taken for a broken connection."""
    pending: asyncio.Future[Told | None] | None = None
    try:
        while True:
            pending = pending or asyncio.ensure_future(anext(results, None))
            await asyncio.wait({pending}, timeout=_ALIVE_EVERY_S)
            if not pending.done():
                yield None
                continue
            told, pending = pending.result(), None
            if told is None:
                return
            yield told
    finally:
        if pending is not None:
            await end_all([pending])


async def _once(told: Told) -> AsyncGenerator[Told, None]:
    yield told


def _write(told: Told) -> bytes:
    event_id = f"id: {told.event_id}\n" if told.event_id else ""
    return b"event: next\n" + event_id.encode() + b"data: " + orjson.dumps(told.answer.body) + b"\n\n"
