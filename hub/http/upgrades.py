"""Requests that offer another protocol than WebSocket, such as HTTP/2 in clear text: the offer is declined.

A server may ignore an `Upgrade` (RFC 9110, section 7.8) and answer in HTTP/1.1. Java's HttpClient makes that offer with
every first request. httptools stops reading at the end of such a head, and uvicorn answers as if there were no body.
"""

from __future__ import annotations

from array import array
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UPGRADE: Final = b"upgrade"


class DecliningProtocol(HttpToolsProtocol):
    """uvicorn's own; reads a request whose offer it declines once more, without the offer."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._read_on()

    def on_headers_complete(self) -> None:
        if not self.declines():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self.declines():
            super().on_message_complete()

    def declines(self) -> bool:
        """Whether the request that is being read makes an offer that is declined."""
        # httptools calls a CONNECT an upgrade, too.
        offered = self.parser.should_upgrade() and any(name == _UPGRADE for name, _ in self.headers)
        return offered and not self._should_upgrade()

    def read_anew(self) -> _Parser:
        """Read the head of the request once more, without its offer; gives the parser that has to read what follows."""
        head = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())]
        head += [b"%s: %s" % (name, value) for name, value in self.headers if name != _UPGRADE]
        parser = self._read_on()
        parser.feed_data(b"\r\n".join([*head, b"", b""]))
        return parser

    def _should_upgrade(self) -> bool:
        # A WebSocket begins with a GET (RFC 6455); its library would wait for one without an end.
        return bool(self.parser.get_method() == b"GET" and super()._should_upgrade())

    def _read_on(self) -> _Parser:
        self.parser = parser = _Parser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser


class _Parser(httptools.HttpRequestParser):
    def __init__(self, protocol: DecliningProtocol) -> None:
        super().__init__(protocol)
        self._protocol = protocol

    def feed_data(self, data: bytes | bytearray | memoryview | array[int]) -> None:
        # A loop, because a caller may send thousands of such requests at once.
        parser, rest = self, memoryview(data)
        while rest:
            try:
                super(_Parser, parser).feed_data(rest)
            except httptools.HttpParserUpgrade as stopped:
                if not self._protocol.declines():
                    raise
                parser, rest = self._protocol.read_anew(), rest[stopped.args[0] :]
            else:
                return
