"""Which names a browser may call us by.

A page of a stranger can point its own name at 127.0.0.1 and then read our answers as its own (DNS rebinding). While the
API is open on loopback, a request must therefore name loopback in its Host header.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.http.errors import error_response


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether an address or name can be reached from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class LoopbackHosts:
    """Refuse requests whose Host header is neither loopback nor `configured`."""

    def __init__(self, app: ASGIApp, configured: str) -> None:
        self._app = app
        self._configured = configured.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            host = host_name(Headers(scope=scope).get("host", ""))
            if host != self._configured and not is_loopback(host):
                message = "This address is not served under that name: call it 127.0.0.1 or localhost."
                await error_response(421, "WRONG_HOST", message)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def host_name(header: str) -> str:
    """A Host header without its port: `[::1]:8000` is `[::1]`."""
    if header.startswith("["):
        return header.partition("]")[0].lower() + "]"
    return header.rpartition(":")[0].lower() if ":" in header else header.lower()
