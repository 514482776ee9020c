"""A page of 100 persons with their first orders over HTTP, beside a route written by hand; and new documents.

On Neo4j the page is set beside @neo4j/graphql too (`person_page_neo4j_graphql`), which sorts and cuts a record's orders
and not a person's. `first_seen`: documents that nobody has sent before, one after the other, beside one that is known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlsplit

import anyio

from bench.cases.read_path import QUERY
from bench.members import phone, put_members
from bench.report import Result
from bench.serving import WARM_S, ask_once, compare, load, serving_by_hand, serving_hub, serving_library
from tests.support.servers import Engine, graph_server

PAGE: Final = """
query Page {
  persons(first: 100) {
    nodes { id orders(first: 5) { nodes { orderId placedAt status amountFen } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_LIBRARY_PAGE: Final = """
query Page {
  people(limit: 100, sort: [{id: ASC}]) {
    id
    records { orders(limit: 5, sort: [{placed_ms: DESC}]) { order_id placed_ms status amount_fen } }
  }
}
"""
_CONNECTIONS: Final = 8
_PAGE_SIZE: Final = 100
_PERSON: Final = re.compile(rb'"id":"[^"]+"')
_NEW_DOCUMENTS: Final = 60
_HEADERS: Final = {"content-type": "application/json"}


def run(engine: Engine) -> Iterator[Result]:
    """All figures."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        anyio.run(put_members, settings)
        with serving_hub(settings) as ours:
            asked = _prepare(ours, _post("/graphql", PAGE), Path(name) / "ours.json")
            with serving_by_hand(settings) as theirs:
                sides = {**asked, **_prepare(theirs, {"method": "GET", "path": "/members"}, Path(name) / "theirs.json")}
                yield compare("person_page", engine, sides, _CONNECTIONS)
            if engine == "neo4j":
                with serving_library(settings) as theirs:
                    sides = {**asked, **_prepare(theirs, _post("/", _LIBRARY_PAGE), Path(name) / "library.json")}
                    yield compare("person_page_neo4j_graphql", engine, sides, _CONNECTIONS)
            yield _compare_new(engine, ours)


def _prepare(url: str, asked: dict[str, Any], file: Path) -> dict[str, Path]:
    """A side whose server is warm, and gives a whole page."""
    whole = ask_once(url, **asked)
    if len(set(_PERSON.findall(whole))) != _PAGE_SIZE or b'"errors"' in whole:
        raise RuntimeError(f"a wrong answer: {whole[:500]!r}")
    file.write_text(json.dumps([asked]), encoding="utf-8")
    load(url, file, _CONNECTIONS, WARM_S)
    return {url: file}


def _post(path: str, query: str) -> dict[str, Any]:
    return {"method": "POST", "path": path, "headers": _HEADERS, "body": json.dumps({"query": query})}


def _compare_new(engine: Engine, url: str) -> Result:
    connection = HTTPConnection(urlsplit(url).netloc)
    known = median(_time(connection, QUERY) for _ in range(_NEW_DOCUMENTS))
    new = median(_time(connection, f"{QUERY} # {number}") for number in range(_NEW_DOCUMENTS))
    connection.close()
    return Result("first_seen", engine, 1 / new, 1 / known, {"costs more": f"{(new - known) * 1000:.1f} ms"})


def _time(connection: HTTPConnection, query: str) -> float:
    body = json.dumps({"query": query, "variables": {"phone": phone(1)}})
    began = perf_counter()
    connection.request("POST", "/graphql", body, _HEADERS)
    answer = connection.getresponse().read()
    if b'"errors"' in answer:
        raise RuntimeError(f"a wrong answer: {answer!r}")
    return perf_counter() - began
