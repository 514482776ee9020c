"""Ports on this machine: a free one, or a sentence about why not."""

from __future__ import annotations

import errno
import random
import socket
from contextlib import closing

from hub.core.errors import Conflict, HubError, InvalidSettings, Unavailable

LOOPBACK = "127.0.0.1"
# Below the range from which Linux takes outgoing connections' ports: nobody else is handed one of these
# between our look and the server's start.
_FREE_PORTS = range(20_000, 32_768)
_ATTEMPTS = 200


def choose_port(wanted: int, variable: str, host: str = LOOPBACK) -> int:
    """The wanted port, or any free one for 0.

    Args:
        variable: the setting that says which port, for the message.

    Raises:
        Conflict: the port is taken.
        InvalidSettings: it is not allowed, or the host is not an address of this machine.
        Unavailable: no port is free.
    """
    candidates = [wanted] if wanted else random.sample(_FREE_PORTS, _ATTEMPTS)
    for port in candidates:
        refusal = _refusal(host, port)
        if refusal is None:
            return port
        if wanted or refusal.errno != errno.EADDRINUSE:
            raise _explain(refusal, host, port, variable)
    raise Unavailable(f"No free port was found on {host}: set {variable} to one.")


def _explain(refusal: OSError, host: str, port: int, variable: str) -> HubError:
    """In the words of `hub serve`."""
    if refusal.errno == errno.EADDRINUSE:
        return Conflict(
            f"Port {port} on {host} is taken: stop the program that uses it, or choose another with {variable}."
        )
    if refusal.errno == errno.EACCES:
        return InvalidSettings(f"{variable}: this user may not listen on port {port}; choose one above 1023.")
    return InvalidSettings(f"HUB_HTTP_HOST: {host} is not an address of this machine.")


def _refusal(host: str, port: int) -> OSError | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        # As the servers do: a port is free although connections of the last run still linger on it.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
