"""What takes the shortcut is answered as the router would answer it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from hub.core.errors import HubError, InvariantBroken, NotFound, Unavailable
from hub.http.body_limit import Bounds
from hub.http.envelope import Envelope
from hub.http.errors import answer_http_exception, answer_hub_error
from hub.http.metrics import Metrics
from hub.http.shortcut import Shortcut

pytestmark = pytest.mark.anyio


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


def failing_with(error: Exception) -> Callable[[Request], Awaitable[Response]]:
    async def fail(_request: Request) -> Response:
        raise error

    return fail


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "PUT"])
@pytest.mark.parametrize("path", ["/asked", "/asked/", "/other"])
@pytest.mark.parametrize(
    "answer",
    [
        echo,
        failing_with(NotFound("Nothing.")),
        failing_with(Unavailable("Later.", retry_after_s=3)),
        failing_with(InvariantBroken("secret")),
        failing_with(RuntimeError("secret")),
    ],
)
async def test_both_ways_answer_log_and_count_the_same(
    method: str, path: str, answer: Callable[[Request], Awaitable[Response]]
) -> None:
    assert await _ask(method, path, answer, short=True) == await _ask(method, path, answer, short=False)


async def _ask(
    method: str, path: str, answer: Callable[[Request], Awaitable[Response]], *, short: bool
) -> tuple[object, ...]:
    metrics = Metrics()
    route = Route("/asked", answer, methods=["GET", "POST"])
    app = Starlette(
        routes=[route],
        middleware=[
            Middleware(Envelope, metrics, Bounds(1000)),
            *([Middleware(Shortcut, route, answer)] if short else []),
        ],
        exception_handlers={HubError: answer_hub_error, 404: answer_http_exception, 405: answer_http_exception},
    )
    transport = httpx.ASGITransport(app)
    with capture_logs() as logged:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            reply = await client.request(method, path, content=b"said", headers={"X-Request-Id": "request-0001"})
    masked = reply.text if reply.status_code != 500 else reply.text[:40]
    told = [{**entry, "duration_ms": 0, "error_id": "", "exc_info": None} for entry in logged]
    labels = {"method": method, "route": told[-1]["route"], "status": str(reply.status_code)}
    counted = metrics.registry.get_sample_value("memberhub_http_requests_total", labels)
    return reply.status_code, sorted(reply.headers.items()), masked, told, counted
