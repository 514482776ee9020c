"""An answer's head and the beginning of its body leave the machine together.

uvicorn writes one after the other and uvloop sends each at once: two calls of the system and two packets, where one of
each is enough for most answers.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD: Final = b"HTTP/1."


class JoiningProtocol(HttpToolsProtocol):
    """uvicorn's own, on a connection that holds a head back until something follows it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast(asyncio.Transport, Joining(transport, asyncio.get_running_loop())))


class Joining:
    """A transport; a head that nothing follows in the same turn of the loop is sent at the turn's end.

    Nothing else is held back: who writes much is told to pause as before.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if self.is_closing():
            # uvloop would raise, and uvicorn tells only the last of several requests that the caller left.
            return
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(_HEAD):
            self._head = data
            self._loop.call_soon(self._send_head)
            return
        self._transport.write(data)

    def close(self) -> None:
        self._send_head()
        self._transport.close()

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        if head and not self.is_closing():
            self._transport.write(head)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
