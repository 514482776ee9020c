"""Members over HTTP: the served API beside a route that was written by hand for this one question.

`member_360_32`, `member_360_8`: a person by phone with records, identifiers, membership, balances and first orders, at
32 and 8 connections. Requests a second; both servers are processes of their own with the same graph behind them, and
take turns under autocannon. The median round counts; `p99` are both servers' in ms.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import anyio

from bench.children import environ_for
from bench.members import PERSONS, RECORDS, phone, put_members
from bench.report import Result
from hub.core.settings import Settings
from hub.http.server import listen
from tests.support.node_peers import run_peer
from tests.support.servers import Engine, graph_server

QUERY: Final = """
query Member($phone: String!) {
  person(by: {phone: $phone}) {
    id
    records { system externalId firstSeenAt }
    identifiers { type scope masked verified validFrom }
    memberships { programme since enrolments { joinedAt channel } }
    balances { programme asset available pending held expiringNext { amount at } }
    orders(first: 5) { nodes { orderId placedAt status amountFen } }
  }
}
"""
_CONNECTIONS: Final = (32, 8)
_ROUNDS: Final = 3
_ROUND_S: Final = 4
_WARM_S: Final = 5
_START_S: Final = 60

_Asked = list[dict[str, Any]]


def run(engine: Engine) -> Iterator[Result]:
    """A result for each number of connections."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        anyio.run(put_members, settings)
        with _serving(settings, "hub.cli", "serve") as ours, _serving(settings, "bench.member_route") as theirs:
            sides = {ours: Path(name) / "ours.json", theirs: Path(name) / "theirs.json"}
            for (url, file), asked in zip(sides.items(), (_ask_ours(), _ask_theirs()), strict=True):
                file.write_text(json.dumps(asked), encoding="utf-8")
                _check(url, **asked[0])
                _load(url, file, max(_CONNECTIONS), _WARM_S)
            yield from (_compare(engine, sides, connections) for connections in _CONNECTIONS)


def _compare(engine: Engine, sides: dict[str, Path], connections: int) -> Result:
    rounds = [[_load(url, file, connections, _ROUND_S) for url, file in sides.items()] for _ in range(_ROUNDS)]
    value, reference = (median(side["rate"] for side in turn) for turn in zip(*rounds, strict=True))
    slowest = [median(side["p99_ms"] for side in turn) for turn in zip(*rounds, strict=True)]
    facts = {"p99": "{} ms, {} ms by hand".format(*slowest)}
    return Result(f"member_360_{connections}", engine, value, reference, facts)


def _load(url: str, file: Path, connections: int, seconds: int) -> dict[str, float]:
    found: dict[str, float] = run_peer("load.js", url, str(connections), str(seconds), str(file))
    if found["failed"]:
        raise RuntimeError(f"{found['failed']} requests failed")
    return found


def _check(url: str, method: str, path: str, headers: dict[str, str] | None = None, body: str = "") -> None:
    """That the first request is answered in full: GraphQL tells failures with a status of 200."""
    with urlopen(Request(f"{url}{path}", body.encode() or None, headers or {}, method=method)) as response:
        answer = response.read()
    if b'"errors"' in answer or answer.count(b"externalId") != len(RECORDS) or b"o0-2" not in answer:
        raise RuntimeError(f"a wrong answer: {answer!r}")


def _ask_ours() -> _Asked:
    headers = {"content-type": "application/json"}
    bodies = (json.dumps({"query": QUERY, "variables": {"phone": phone(number)}}) for number in range(PERSONS))
    return [{"method": "POST", "path": "/graphql", "headers": headers, "body": body} for body in bodies]


def _ask_theirs() -> _Asked:
    return [{"method": "GET", "path": f"/member?phone={phone(number)}"} for number in range(PERSONS)]


@contextmanager
def _serving(settings: Settings, module: str, *arguments: str) -> Iterator[str]:
    """The address of a server in a process of its own while the block runs."""
    with listen("127.0.0.1", 0) as found:
        port = found.getsockname()[1]
    environ = {**environ_for(settings), "HUB_QUEUE_URI": settings.require_queue_uri(), "HUB_HTTP_PORT": str(port)}
    environ |= {"HUB_ACCESS": "open", "HUB_GRAPHQL_BUCKET": "0", "HUB_LOG_LEVEL": "INFO"}
    command = [sys.executable, "-m", module, *(arguments or [str(port)])]
    process = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)  # the log is written, not read
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
