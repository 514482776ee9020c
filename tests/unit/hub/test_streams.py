"""Whoever follows something hears of it until their token expires."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from hub.core.clock import now_ms
from hub.http.refusals import Refused
from hub.http.streams import take_next

pytestmark = pytest.mark.anyio


async def tell(*events: str | Exception) -> AsyncGenerator[str, None]:
    for event in events:
        if isinstance(event, Exception):
            raise event
        yield event
    await asyncio.Event().wait()


async def test_a_token_that_has_expired_is_refused() -> None:
    source = tell("told")

    assert await take_next(source, None) == "told"
    with pytest.raises(Refused, match="token has expired"):
        await take_next(source, now_ms() // 1000 - 1)


async def test_a_timeout_of_the_source_is_not_taken_for_an_expiry() -> None:
    with pytest.raises(TimeoutError, match="of the socket"):
        await take_next(tell(TimeoutError("of the socket")), now_ms() // 1000 + 60)
