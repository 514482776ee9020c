"""Requests that offer to go on in another protocol, byte for byte as callers send them."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from hub.core.settings import Settings
from tests.support.served import served

BODY = b'{"query": "{ named: __typename }"}'
OFFER = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
WEBSOCKET = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, int]]:
    with served(Settings(access="open")) as base:
        parts = urlsplit(base)
        assert parts.hostname is not None
        assert parts.port is not None
        yield parts.hostname, parts.port


def post(extra: str, body: bytes = BODY) -> bytes:
    length = "" if "chunked" in extra else f"Content-Length: {len(body)}\r\n"
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{length}{extra}\r\n"
    return head.encode() + body


def say(address: tuple[str, int], *parts: bytes) -> bytes:
    """All that is answered before the connection is closed, as the last request asks."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65536), b""))


LAST = post("Connection: close\r\n")


@pytest.mark.parametrize(
    "request_bytes",
    [
        post(OFFER),
        post(f"{OFFER}Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
        post(WEBSOCKET),
        post(f"{OFFER}Connection: keep-alive\r\n"),
    ],
    ids=["length", "chunked", "websocket by POST", "two headers"],
)
def test_an_offer_is_declined_and_the_request_answered(address: tuple[str, int], request_bytes: bytes) -> None:
    at_once = say(address, request_bytes + LAST)
    by_bytes = say(address, *(request_bytes[at : at + 1] for at in range(len(request_bytes))), LAST)

    for answered in (at_once, by_bytes):
        assert answered.count(b"HTTP/1.1 200 OK") == answered.count(b'"named"') == 2


def test_thousands_of_offers_at_once_are_declined_one_by_one(address: tuple[str, int]) -> None:
    answered = say(address, post(OFFER, json.dumps({"query": "{ x: __typename }"}).encode()) * 1500 + LAST)

    assert (answered.count(b"HTTP/1.1 200 OK"), answered.count(b'"x"')) == (1501, 1500)
