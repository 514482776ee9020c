"""Running the application: one process, uvicorn with uvloop and httptools."""

from __future__ import annotations

import asyncio
import errno
import gc
import math
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import Final, Literal, NoReturn

import uvicorn
import uvloop
from starlette.applications import Starlette

from hub.core.access_settings import Access
from hub.core.errors import AccessDenied, Conflict, InvalidSettings
from hub.core.settings import Settings
from hub.http.app import create_app
from hub.http.broken_requests import OwingProtocol
from hub.http.hosts import is_loopback
from hub.http.joined_writes import JoiningProtocol
from hub.http.resources import open_resources
from hub.http.upgrades import DecliningProtocol

_BACKLOG: Final = 2048

Notify = Callable[[str], None]


def run_server(settings: Settings, *, notify: Notify) -> None:
    """Serve until SIGTERM or Ctrl-C; requests under way get `settings.shutdown_grace_s` to end.

    `notify` is told where the API answers, once it does.

    Raises:
        AccessDenied: the address can be reached from other machines, and nobody would be asked who they are.
        Conflict: the port is taken, or the graph's schema is not this code's.
        InvalidSettings, Unavailable: as `open_resources`, or the address is not this machine's.
    """
    host = settings.http_host
    if settings.access == "open" and not is_loopback(host):
        raise AccessDenied(
            f"{host} can be reached from other machines, and with HUB_ACCESS=open the API asks nobody who they are. "
            "Use HUB_HTTP_HOST=127.0.0.1, or HUB_ACCESS=tokens."
        )
    with listen(host, settings.http_port) as listener:
        signal.signal(signal.SIGTERM, _end)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(settings, listener, notify))


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or why there is none in one sentence (Conflict, InvalidSettings)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"Port {port} on {host} is taken: stop the program that uses it, or choose another with HUB_HTTP_PORT."
            ) from None
        if error.errno == errno.EACCES:
            raise InvalidSettings(
                f"HUB_HTTP_PORT: this user may not listen on port {port}; choose one above 1023."
            ) from None
        raise InvalidSettings(f"HUB_HTTP_HOST: {host} is not an address of this machine.") from None


async def _serve(settings: Settings, listener: socket.socket, notify: Notify) -> None:
    # What the application would fail on while starting is told here in one sentence, not as uvicorn's traceback.
    async with open_resources(settings):
        pass
    said = describe(listener, settings.access)
    await Server(create_app(settings), settings, lambda: notify(said)).serve(sockets=[listener])


def describe(listener: socket.socket, access: Access) -> str:
    """Where the API answers and whom, for whoever started it."""
    host, port = listener.getsockname()[:2]
    address = f"[{host}]" if ":" in host else host
    reach = (
        "OPEN to every program on this machine, which it does not ask who they are"
        if access == "open"
        else "for clients with an access token: `hub client add` makes one known"
    )
    return f"GraphQL on http://{address}:{port}/graphql, {reach}"


class _Protocol(JoiningProtocol, DecliningProtocol, OwingProtocol):
    pass


class Server(uvicorn.Server):
    """Serves an application; `notify` is called once it does."""

    def __init__(
        self,
        app: Starlette,
        settings: Settings,
        notify: Callable[[], None],
        *,
        lifespan: Literal["on", "off"] = "on",
    ) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="websockets-sansio",
            ws_max_size=settings.http_max_body_bytes,
            lifespan=lifespan,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=math.ceil(settings.shutdown_grace_s),
        )
        super().__init__(config)
        self._app = app
        self._notify = notify

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What is loaded by now stays. Sparing the collector another look halved the longest pauses.
        gc.collect()
        gc.freeze()
        self._notify()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._app.state.leave()
        await super().shutdown(sockets)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM is a wish, not a failure; uvicorn has already let requests end when it gets here."""
    sys.exit(0)
