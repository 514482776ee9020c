"""Ports on this machine: a free one, or a sentence about why not."""

from __future__ import annotations

import errno
import random
import socket
from contextlib import closing

from hub.core.errors import Unavailable

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
        Unavailable: the port is taken or not allowed, or the host is not an address of this machine.
    """
    candidates = [wanted] if wanted else random.sample(_FREE_PORTS, _ATTEMPTS)
    for port in candidates:
        refusal = _refusal(host, port)
        if refusal is None:
            return port
        if refusal.errno != errno.EADDRINUSE:
            raise Unavailable(f"Port {port} on {host} cannot be used ({refusal}): change {variable} or the address.")
    if wanted:
        raise Unavailable(
            f"Port {wanted} on {host} is taken by another program: stop that, or set {variable} to another port."
        )
    raise Unavailable(f"No free port was found on {host}: set {variable} to one.")


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
