"""Is the process alive, and can it do its work?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from graph.migrations import fetch_pending
from hub.core.errors import HubError, Unavailable
from hub.http.resources import Resources
from hub.services.check_installation import check_key

_PATIENCE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the hub needs; `reason` is for whoever runs it, without internals."""

    ok: bool
    reason: str = ""

    def shown(self) -> dict[str, object]:
        return {"ok": True} if self.ok else {"ok": False, "reason": self.reason}


async def answer_alive(_request: Request) -> Response:
    """`GET /healthz`: 200 while the process answers at all."""
    return JSONResponse({"alive": True})


async def answer_ready(request: Request) -> Response:
    """`GET /readyz`: 200 with every check, or 503 where one fails."""
    resources: Resources = request.app.state.resources
    (graph, migrations), key, queue = await asyncio.gather(
        check_graph(resources), check_identity_key(resources), check_queue(resources)
    )
    checks = {"graph": graph, "queue": queue, "migrations": migrations, "identity_key": key}
    ready = all(check.ok for check in checks.values())
    return JSONResponse(
        {"ready": ready, "checks": {name: check.shown() for name, check in checks.items()}},
        status_code=200 if ready else 503,
        headers=None if ready else {"Retry-After": "2"},
    )


async def check_graph(resources: Resources) -> tuple[Check, Check]:
    """The graph and its migrations: one statement answers both."""
    unknown = Check(False, "Unknown while the graph does not answer.")
    try:
        pending = await asyncio.wait_for(fetch_pending(resources.graph), _PATIENCE_S)
    except TimeoutError:
        return Check(False, "The graph took too long to answer."), unknown
    except Unavailable as error:
        return Check(False, error.safe_message), unknown
    except HubError as error:
        return Check(True), Check(False, error.safe_message)
    except Exception as error:
        structlog.get_logger("hub.http").warning("graph check failed", exc_info=error)
        return Check(False, "The graph answered with an error; the log has it."), unknown
    if pending:
        return Check(True), Check(False, f"{len(pending)} migration(s) are missing: run `hub migrate`.")
    return Check(True), Check(True)


async def check_identity_key(resources: Resources) -> Check:
    """Whether the graph still has this process's identity key."""
    try:
        await asyncio.wait_for(check_key(resources.graph, resources.identity), _PATIENCE_S)
    except Unavailable as error:
        return Check(False, error.safe_message)
    except Exception:  # told of the graph
        return Check(False, "Unknown while the graph does not answer.")
    return Check(True)


async def check_queue(resources: Resources) -> Check:
    """Whether Redis or Valkey answers a ping."""
    ping: Callable[[], Awaitable[object]] = resources.queue.ping
    try:
        await asyncio.wait_for(ping(), _PATIENCE_S)
    except (RedisError, OSError, TimeoutError):
        return Check(False, "The queue does not answer.")
    return Check(True)
