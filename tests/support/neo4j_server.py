"""Neo4j Community for tests: fetched once (`python -m tests.support.neo4j_server fetch`), run with the `java` found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from hub.core.settings import Settings
from hub.embedded.directory import DataDirectory
from hub.embedded.environment import bare_environ
from hub.embedded.ports import LOOPBACK, choose_port
from hub.embedded.probes import wait_for_graph
from hub.embedded.supervisor import become_ready

POM: Final = Path(__file__).with_name("neo4j-pom.xml")
CACHE: Final = Path(__file__).parents[2] / ".cache" / "neo4j"
_JARS: Final = CACHE / "lib"
_MARKER: Final = CACHE / "fetched-pom.xml"  # a copy of the pom whose jars are there
_PATIENCE_S: Final = 180.0
_OPENED: Final = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch")


def fetch() -> None:
    """Download the jars, unless those of this very pom are there; leaves with one line where that cannot work."""
    if _MARKER.exists() and _MARKER.read_bytes() == POM.read_bytes():
        return
    maven = shutil.which("mvn")
    if maven is None or shutil.which("java") is None:
        sys.exit("Testing against Neo4j needs Maven (mvn) and Java 17 or newer (java) on the PATH.")
    shutil.rmtree(CACHE, ignore_errors=True)
    _JARS.mkdir(parents=True)
    goal = "dependency:copy-dependencies"
    done = subprocess.run([maven, "-q", "-B", "-f", POM, goal, f"-DoutputDirectory={_JARS}"], check=False)
    if done.returncode:
        sys.exit("Maven could not fetch Neo4j; its messages are above.")
    shutil.copyfile(POM, _MARKER)


@asynccontextmanager
async def run_neo4j(directory: Path, *, brief: bool) -> AsyncIterator[Settings]:
    """A server without authentication on a free loopback port; the settings reach it and nothing else.

    Args:
        brief: it lives for minutes: compile its code quickly rather than well, which tests spend half of their time on.
    """
    if not _MARKER.exists():
        raise FileNotFoundError("Neo4j is not there: run `python -m tests.support.neo4j_server fetch` first.")
    port = choose_port(0, "the test's Neo4j")
    settings = Settings(graph_uri=f"bolt://{LOOPBACK}:{port}", graph_password=SecretStr(""))
    async with DataDirectory(directory) as home:
        for name in ("data", "logs", "conf", "run", "plugins", "import"):
            home.folder(name)
        (home.path / "conf" / "neo4j.conf").write_text(_configuration(port), encoding="utf-8")
        process = await home.start("neo4j", _command(home.path, brief), folder=home.path, environ=bare_environ())
        await become_ready(process, lambda: wait_for_graph(settings, patience_s=_PATIENCE_S))
        yield settings


def _command(home: Path, brief: bool) -> list[str]:
    return [
        "java",
        "-Xmx1g",
        *(("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC") if brief else ()),
        *(f"--add-opens={package}=ALL-UNNAMED" for package in _OPENED),
        "-cp",
        f"{_JARS}/*",
        "org.neo4j.server.CommunityEntryPoint",
        f"--home-dir={home}",
        f"--config-dir={home / 'conf'}",
    ]


def _configuration(port: int) -> str:
    return f"""\
server.default_listen_address={LOOPBACK}
server.bolt.listen_address={LOOPBACK}:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.heap.max_size=1g
server.memory.pagecache.size=512m
dbms.security.auth_enabled=false
dbms.usage_report.enabled=false
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
internal.server.bolt.thread_pool_shutdown_wait_time=1s
"""  # the last two: without them it waits ten seconds at its end for connections that nobody makes


if __name__ == "__main__":
    if sys.argv[1:] != ["fetch"]:
        sys.exit("usage: python -m tests.support.neo4j_server fetch")
    fetch()
