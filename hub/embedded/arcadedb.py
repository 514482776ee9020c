"""The embedded graph server: ArcadeDB with the Java of its wheel, spoken to over Bolt."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from hub.core.errors import Unavailable
from hub.embedded.ports import LOOPBACK

USER = "root"
DATABASE = "memberhub"
PASSWORD_FILE = "root-password"  # noqa: S105 # a file's name; it is there during a start only
_OLDEST_GLIBC = (2, 34)


def find_java() -> tuple[Path, Path]:
    """The wheel's Java and its folder of jars.

    Raises:
        Unavailable: the wheel is not installed, or this machine cannot run it.
    """
    found = find_spec("arcadedb_embedded")
    if found is None or not found.submodule_search_locations:
        raise Unavailable(
            "The embedded graph is not installed: install memberhub[embedded] (Linux on x86-64 or arm64), "
            "or set HUB_GRAPH_URI to a Neo4j."
        )
    _require_glibc()
    wheel = Path(next(iter(found.submodule_search_locations)))
    return wheel / "jre" / "bin" / "java", wheel / "jars"


def _require_glibc() -> None:
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        name = ""
    version = name.removeprefix("glibc ")
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < _OLDEST_GLIBC:
        raise Unavailable(
            f"The embedded graph needs glibc 2.34 or newer, and this system has {version or 'another C library'}: "
            "use a newer Linux, or set HUB_GRAPH_URI to a Neo4j."
        )


def build_command(port: int, http_port: int, *, memory_mb: int, durable: bool) -> list[str]:
    """The command line of a server that works in its current folder; no secret is on it.

    It cannot do without its HTTP listener, which therefore gets a port on loopback; `production` leaves the web tool
    out and refuses to read local files.
    """
    java, jars = find_java()
    server = {
        "server.mode": "production",
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "server.httpIncomingHost": LOOPBACK,
        "server.httpIncomingPort": http_port,
        "server.rootPasswordPath": PASSWORD_FILE,
        "server.defaultDatabases": f"{DATABASE}[{USER}]",
        "serverMetrics": "false",
        "support.autoRegister": "false",
        "ha.enabled": "false",
        "bolt.host": LOOPBACK,
        "bolt.port": port,
        "bolt.defaultDatabase": DATABASE,
        "opencypher.loadCsv.allowRemoteUrls": "false",
        # No statement of ours reads what its FOREACH has written, and a bulk load's rows do not fit in what that keeps.
        "opencypher.foreachEagerRead": "false",
        "txWalFlush": 2 if durable else 0,
    }
    return [
        str(java),
        f"-Xmx{memory_mb}m",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-XX:+UseParallelGC",  # an import takes an eighth less time than with the default, which is made for many cores
        "-Djava.awt.headless=true",
        *(f"-Darcadedb.{name}={value}" for name, value in server.items()),
        "-cp",
        f"{jars}/*",
        "com.arcadedb.server.ArcadeDBServer",
    ]


@contextmanager
def offer_password(folder: Path, password: str) -> Iterator[None]:
    """Put the password where a server's very first start reads it; removed again on leaving."""
    path = folder / PASSWORD_FILE
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(password)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
