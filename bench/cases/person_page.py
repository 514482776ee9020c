"""A page of 100 persons with their first orders over HTTP, beside a route written by hand; and new documents.

`first_seen`: documents that nobody has sent before, one after the other, beside one that is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

import anyio

from bench.cases.read_path import QUERY
from bench.members import phone, put_members
from bench.report import Result
from bench.serving import WARM_S, compare, load, serving_by_hand, serving_hub
from tests.support.servers import Engine, graph_server

PAGE: Final = """
query Page {
  persons(first: 100) {
    nodes { id orders(first: 5) { nodes { orderId placedAt status amountFen } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
_CONNECTIONS: Final = 8
_NEW_DOCUMENTS: Final = 60
_HEADERS: Final = {"content-type": "application/json"}


def run(engine: Engine) -> Iterator[Result]:
    """Both figures."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        anyio.run(put_members, settings)
        with serving_hub(settings) as ours, serving_by_hand(settings) as theirs:
            body = json.dumps({"query": PAGE})
            asked = {
                ours: {"method": "POST", "path": "/graphql", "headers": _HEADERS, "body": body},
                theirs: {"method": "GET", "path": "/members"},
            }
            sides = {url: Path(name) / f"{at}.json" for at, url in enumerate(asked)}
            for url, file in sides.items():
                file.write_text(json.dumps([asked[url]]), encoding="utf-8")
                load(url, file, _CONNECTIONS, WARM_S)
            yield compare("person_page", engine, sides, _CONNECTIONS)
            yield _compare_new(engine, ours)


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
