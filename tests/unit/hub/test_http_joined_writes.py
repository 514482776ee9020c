from __future__ import annotations

import asyncio
import socket

import pytest

from hub.http.joined_writes import Joining

pytestmark = pytest.mark.anyio

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Counted(asyncio.Transport):
    """What would be sent, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return 17


@pytest.fixture
def counted() -> Counted:
    return Counted()


def joining(counted: Counted) -> Joining:
    return Joining(counted, asyncio.get_running_loop())


async def test_a_head_goes_with_what_follows_it(counted: Counted) -> None:
    connection = joining(counted)

    for data in (HEAD, b"body", b"more"):
        connection.write(data)
    await asyncio.sleep(0)

    assert counted.sent == [HEAD + b"body", b"more"]


async def test_a_head_that_nothing_follows_waits_no_longer_than_the_turn(counted: Counted) -> None:
    connection = joining(counted)

    connection.write(HEAD)
    await asyncio.sleep(0)
    connection.write(b"body")

    assert counted.sent == [HEAD, b"body"]


async def test_closing_sends_the_head_before(counted: Counted) -> None:
    connection = joining(counted)

    connection.write(HEAD)
    connection.close()
    await asyncio.sleep(0)

    assert (counted.sent, counted.closed) == ([HEAD], True)


async def test_a_connection_that_was_lost_is_not_written_to(counted: Counted) -> None:
    connection = joining(counted)

    connection.write(HEAD)
    counted.close()
    await asyncio.sleep(0)

    assert counted.sent == []


async def test_all_else_is_asked_of_the_connection_itself(counted: Counted) -> None:
    assert joining(counted).get_write_buffer_size() == 17


async def test_pipelined_answers_keep_their_order() -> None:
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    with theirs:
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        connection = Joining(transport, loop)
        for number in range(3):
            connection.write(HEAD)
            connection.write(b"%d" % number)
        connection.write(HEAD)
        connection.close()
        theirs.setblocking(False)
        received = b""
        while data := await loop.sock_recv(theirs, 1024):
            received += data

    assert received == HEAD + b"0" + HEAD + b"1" + HEAD + b"2" + HEAD


async def test_what_is_written_for_a_caller_who_left_is_dropped(counted: Counted) -> None:
    connection = joining(counted)

    connection.close()
    for data in (HEAD, b"body"):
        connection.write(data)
    await asyncio.sleep(0)

    assert counted.sent == []
