"""Ready means that it answered: one probe a kind of server.

Each returns when the server answers, raises Unavailable after the patience, and is raced by its caller against the
server's death.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
from redis.asyncio import Redis
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_fixed

from graph.database import Graph
from hub.core.errors import InvalidSettings, Unavailable
from hub.core.settings import Settings

_EVERY_S = 0.1


async def wait_for_graph(settings: Settings, *, patience_s: float) -> None:
    """Until the graph runs a statement; raises InvalidSettings at once where it refuses the credentials."""

    async def ask() -> None:
        async with Graph.open(settings) as graph:
            await graph.ping()

    await _repeat(ask, f"The graph at {settings.graph_uri}", patience_s)


async def wait_for_queue(uri: str, *, patience_s: float) -> None:
    """Until the queue answers PING, which it does when its data is loaded."""

    async def ask() -> None:
        async with Redis.from_url(uri) as client:
            await client.ping()

    await _repeat(ask, "The queue", patience_s)


async def wait_for_worker(uri: str, health_key: str, *, patience_s: float) -> None:
    """Until a worker has written its sign of life into the queue; remove an old one first."""

    async def ask() -> None:
        async with Redis.from_url(uri) as client:
            if not await client.exists(health_key):
                raise Unavailable("The worker has not shown itself yet.")

    await _repeat(ask, "The worker", patience_s)


async def forget_worker(uri: str, health_key: str) -> None:
    """Remove the sign of life of a worker that was killed."""
    async with Redis.from_url(uri) as client:
        await client.delete(health_key)


async def wait_for_http(host: str, port: int, path: str, *, patience_s: float) -> None:
    """Until a GET is answered with status 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()

    async def ask() -> None:
        async with await anyio.connect_tcp(host, port) as stream:
            await stream.send(request)
            answer = await stream.receive()
            if b" 200 " not in answer.partition(b"\r\n")[0]:
                raise Unavailable("The API is not well yet.")

    await _repeat(ask, f"The API at http://{host}:{port}", patience_s)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, InvalidSettings)


async def _repeat(ask: Callable[[], Awaitable[None]], name: str, patience_s: float) -> None:
    # Whatever a server that is still starting does counts as no answer, a refused password excepted.
    retrying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        wait=wait_fixed(_EVERY_S),
        stop=stop_after_delay(patience_s),
        reraise=True,
    )
    try:
        await retrying(ask)
    except InvalidSettings:
        raise
    except Exception as error:
        raise Unavailable(f"{name} gave no answer within {patience_s:.0f} s.") from error
