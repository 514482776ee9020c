"""Members over HTTP: the served API beside a route that was written by hand for this one question.

`member_360_32`, `member_360_8`: a person by phone with records, identifiers, membership, balances and first orders, at
32 and 8 connections. Requests a second; both servers are processes of their own with the same graph behind them, and
take turns under autocannon. The median round counts; `p99` are both servers' in ms. On Neo4j the API is set beside
@neo4j/graphql too (`member_360_neo4j_graphql_32`, `_8`), which sorts and cuts a record's orders and not a person's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anyio

from bench.members import PERSONS, RECORDS, phone, put_members
from bench.report import Result
from bench.serving import WARM_S, ask_once, compare, load, serving_by_hand, serving_hub, serving_library
from hub.core.model import RawIdentifier
from hub.core.settings import Settings
from hub.services.identity import Identity
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
_LIBRARY_QUERY: Final = """
query Member($key: String!) {
  member(key: $key) {
    id
    records {
      system external_id created_ms
      identifiersConnection { edges { properties { verified valid_from_ms } node { type scope masked } } }
      enrolments { programme joined_ms channel }
      accounts { programme asset free holds }
      orders(limit: 5, sort: [{placed_ms: DESC}]) { order_id placed_ms status amount_fen }
    }
  }
}
"""
_CONNECTIONS: Final = (32, 8)
_HEADERS: Final = {"content-type": "application/json"}

_Asked = list[dict[str, Any]]


def run(engine: Engine) -> Iterator[Result]:
    """A result for each number of connections and each reference."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        anyio.run(put_members, settings)
        with serving_hub(settings) as ours:
            asked = _prepare(ours, _ask_ours(), Path(name) / "ours.json")
            with serving_by_hand(settings) as theirs:
                sides = {**asked, **_prepare(theirs, _ask_by_hand(), Path(name) / "theirs.json")}
                for connections in _CONNECTIONS:
                    yield compare(f"member_360_{connections}", engine, sides, connections)
            if engine == "neo4j":
                with serving_library(settings) as theirs:
                    sides = {**asked, **_prepare(theirs, _ask_library(settings), Path(name) / "library.json")}
                    for connections in _CONNECTIONS:
                        yield compare(f"member_360_neo4j_graphql_{connections}", engine, sides, connections)


def _prepare(url: str, asked: _Asked, file: Path) -> dict[str, Path]:
    """A side whose server is warm."""
    file.write_text(json.dumps(asked), encoding="utf-8")
    _check(url, **asked[0])
    load(url, file, max(_CONNECTIONS), WARM_S)
    return {url: file}


def _check(url: str, method: str, path: str, headers: dict[str, str] | None = None, body: str = "") -> None:
    """That the first request is answered in full: GraphQL tells failures with a status of 200."""
    answer = ask_once(url, method, path, headers, body)
    if (
        b'"errors"' in answer
        or answer.count(b"created_ms") + answer.count(b"firstSeenAt") != len(RECORDS)
        or b"o0-2" not in answer
    ):
        raise RuntimeError(f"a wrong answer: {answer!r}")


def _ask_ours() -> _Asked:
    return [_post("/graphql", QUERY, {"phone": phone(number)}) for number in range(PERSONS)]


def _ask_by_hand() -> _Asked:
    return [{"method": "GET", "path": f"/member?phone={phone(number)}"} for number in range(PERSONS)]


def _ask_library(settings: Settings) -> _Asked:
    """By the keys that the hub works out of phones, since the library cannot."""
    identity = Identity.from_settings(settings)
    found = (identity.normalise(RawIdentifier("phone", "", phone(number))) for number in range(PERSONS))
    return [_post("/", _LIBRARY_QUERY, {"key": identity.key_of(one)}) for one in found if one is not None]


def _post(path: str, query: str, variables: dict[str, str]) -> dict[str, Any]:
    body = json.dumps({"query": query, "variables": variables})
    return {"method": "POST", "path": path, "headers": _HEADERS, "body": body}
