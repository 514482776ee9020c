"""Which names a browser may call us by.

A page of a stranger can point its own name at 127.0.0.1 and then read our answers as its own (DNS rebinding). While the
API is open on loopback, a request must therefore name loopback in its Host header.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

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


WRONG_HOST: Final = error_response(
    421, "WRONG_HOST", "This address is not served under that name: call it 127.0.0.1 or localhost."
)


class Hosts:
    """Loopback by any of its names, and the one that is configured."""

    def __init__(self, configured: str) -> None:
        self._configured = configured.lower()

    def serve(self, header: str) -> bool:
        """Whether a request with this Host header is answered."""
        host = host_name(header)
        return host == self._configured or is_loopback(host)


def host_name(header: str) -> str:
    """A Host header without its port: `[::1]:8000` is `[::1]`."""
    if header.startswith("["):
        return header.partition("]")[0].lower() + "]"
    return header.rpartition(":")[0].lower() if ":" in header else header.lower()
