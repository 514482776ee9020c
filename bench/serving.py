"""Servers side by side, each in a process of its own, that take turns under autocannon."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from bench.children import environ_for
from bench.report import Result
from hub.core.settings import Settings
from hub.http.server import listen
from tests.support.node_peers import prepare_peer, run_peer

WARM_S: Final = 45
"""A fresh JVM takes several times as long for a statement, until it has worked for about a minute."""
_ROUNDS: Final = 3
_ROUND_S: Final = 4
_START_S: Final = 60
_NODE: Final = Path(__file__).with_name("node")


def compare(name: str, engine: str, sides: Mapping[str, Path], connections: int) -> Result:
    """The first side's requests a second beside the other's, by address and file of requests; the median round."""
    rounds = [[load(url, file, connections, _ROUND_S) for url, file in sides.items()] for _ in range(_ROUNDS)]
    value, reference = (median(side["rate"] for side in turn) for turn in zip(*rounds, strict=True))
    slowest = [median(side["p99_ms"] for side in turn) for turn in zip(*rounds, strict=True)]
    return Result(name, engine, value, reference, {"p99": "{} ms, {} ms of the reference".format(*slowest)})


def ask_once(url: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: str = "") -> bytes:
    """The answer to one request of a file of requests."""
    with urlopen(Request(f"{url}{path}", body.encode() or None, dict(headers or {}), method=method)) as response:
        answer: bytes = response.read()
    return answer


def load(url: str, file: Path, connections: int, seconds: int) -> dict[str, float]:
    """What autocannon measured."""
    found: dict[str, float] = run_peer("load.js", url, str(connections), str(seconds), str(file))
    if found["failed"]:
        raise RuntimeError(f"{found['failed']} requests failed")
    return found


def serving_hub(settings: Settings) -> AbstractContextManager[str]:
    """The hub as it is run, on the graph of the settings: open, and with buckets that never empty."""
    return serving_python("hub.cli", "serve", environ=_environ_for(settings))


def serving_by_hand(settings: Settings) -> AbstractContextManager[str]:
    """The routes that are written by hand, on the same graph."""
    return serving_python("bench.member_route", "PORT", environ=_environ_for(settings))


def serving_library(settings: Settings) -> AbstractContextManager[str]:
    """@neo4j/graphql on Apollo Server, on the same graph."""
    return serving_node("neo4j_graphql.js", "PORT", environ=_environ_for(settings))


def _environ_for(settings: Settings) -> dict[str, str]:
    hub = {"HUB_ACCESS": "open", "HUB_GRAPHQL_BUCKET": "0", "HUB_LOG_LEVEL": "INFO"}
    return {**environ_for(settings), "HUB_QUEUE_URI": settings.require_queue_uri(), **hub}


def serving_python(module: str, *arguments: str, environ: Mapping[str, str]) -> AbstractContextManager[str]:
    """The address of a server of ours while the block runs; its port is `HUB_HTTP_PORT`, and the argument PORT."""
    return _serving([sys.executable, "-m", module, *arguments], Path.cwd(), environ)


def serving_node(script: str, *arguments: str, environ: Mapping[str, str]) -> AbstractContextManager[str]:
    """The address of a server of `node/` while the block runs; its port is the argument PORT."""
    command, folder = prepare_peer(_NODE, "bench", script)
    return _serving([*command, *arguments], folder, environ)


@contextmanager
def _serving(command: list[str], folder: Path, environ: Mapping[str, str]) -> Iterator[str]:
    with listen("127.0.0.1", 0) as found:
        port = str(found.getsockname()[1])
    command = [port if one == "PORT" else one for one in command]
    environ = {**os.environ, **environ, "HUB_HTTP_PORT": port}
    process = subprocess.Popen(command, cwd=folder, env=environ, stderr=subprocess.DEVNULL)  # the log is not read
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + _START_S
    while process.poll() is None and monotonic() < until:
        try:
            with urlopen(Request(f"{url}/healthz")):
                return
        except HTTPError:
            return
        except URLError:
            sleep(0.1)
    raise RuntimeError("the server did not start")
