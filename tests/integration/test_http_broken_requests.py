"""What is answered where something follows a request that is none, byte for byte."""

from __future__ import annotations

import pytest

from tests.integration.test_http_upgrades import BODY, address, post, say

__all__ = ["address"]

NONE = b"GARBAGE\r\n\r\n"
BROKEN_BODY = post("Transfer-Encoding: chunked\r\n", b"zz\r\n")


@pytest.mark.parametrize("broken", [NONE, BROKEN_BODY, b"x" + NONE])
@pytest.mark.parametrize("before", [1, 2, 5])
def test_every_whole_request_before_gets_its_answer(address: tuple[str, int], before: int, broken: bytes) -> None:
    answered = say(address, post("") * before + broken)

    assert answered.count(b"HTTP/1.1 ") == answered.count(b"HTTP/1.1 200 OK") == answered.count(b'"named"') == before


def test_what_stands_alone_is_refused(address: tuple[str, int]) -> None:
    for broken in (NONE, BROKEN_BODY, post("")[: -len(BODY)].replace(b"Content-Length: ", b"Content-Length: -")):
        answered = say(address, broken)

        assert answered.startswith(b"HTTP/1.1 400 ")
        assert answered.count(b"HTTP/1.1 ") == 1
