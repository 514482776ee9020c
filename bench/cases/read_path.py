"""Members over HTTP: the served API beside a route that was written by hand for this one question.

`member_360_32`, `member_360_8`: a person by phone with records, identifiers, membership, balances and first orders, at
32 and 8 connections. Requests a second; both servers are processes of their own with the same graph behind them, and
take turns under autocannon. The median round counts; `p99` are both servers' in ms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.request import Request, urlopen

import anyio

from bench.members import PERSONS, RECORDS, phone, put_members
from bench.report import Result
from bench.serving import WARM_S, compare, load, serving_by_hand, serving_hub
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

_Asked = list[dict[str, Any]]


def run(engine: Engine) -> Iterator[Result]:
    """A result for each number of connections."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        anyio.run(put_members, settings)
        with serving_hub(settings) as ours, serving_by_hand(settings) as theirs:
            sides = {ours: Path(name) / "ours.json", theirs: Path(name) / "theirs.json"}
            for (url, file), asked in zip(sides.items(), (_ask_ours(), _ask_theirs()), strict=True):
                file.write_text(json.dumps(asked), encoding="utf-8")
                _check(url, **asked[0])
                load(url, file, max(_CONNECTIONS), WARM_S)
            for connections in _CONNECTIONS:
                yield compare(f"member_360_{connections}", engine, sides, connections)


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
