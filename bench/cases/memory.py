"""What the API process holds in memory while it answers all kinds of requests, for `BENCH_MINUTES` (2) minutes.

Known documents, pages, people whom nobody knows, documents that nobody has sent before, some that do not parse, and
points that are earned and earned again by the same key. VALUE is what it held once it was warm, REFERENCE what it held
at the end, both in MiB: so 1 is flat. The slope is that of a line through all samples between the two.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from statistics import linear_regression
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Final
from urllib.parse import urlsplit

import anyio

from bench.cases.person_page import PAGE
from bench.cases.read_path import QUERY
from bench.members import PERSONS, phone, put_members
from bench.report import Result
from bench.serving import serving_hub
from tests.support.servers import Engine, graph_server

_MINUTES: Final = float(os.environ.get("BENCH_MINUTES") or 2)
_WARM: Final = 0.2
"""Which part of the time is not counted: caches fill, and the first pages of the heap are asked for."""
_PAUSE_S: Final = 0.01
_SAMPLE_S: Final = 1.0
_HEADERS: Final = {"content-type": "application/json"}
_RESIDENT: Final = re.compile(rb"^process_resident_memory_bytes ([0-9.e+]+)$", re.MULTILINE)
_EARN: Final = """
mutation Earn($input: EarnInput!) { earn(input: $input) { __typename ... on LedgerDone { operation { id } } } }
"""


def run(engine: Engine) -> Iterator[Result]:
    """The one figure."""
    with TemporaryDirectory() as name, graph_server(engine, Path(name)) as settings:
        anyio.run(put_members, settings)
        with serving_hub(settings) as url:
            samples, asked = _load(url)
    ended = samples[-1][0]
    counted = [sample for sample in samples if sample[0] >= _WARM * ended]
    per_s, _ = linear_regression(*zip(*counted, strict=True))
    held = [mib for _, mib in counted]
    facts = {
        "requests": f"{asked:,} in {ended / 60:.1f} minutes",
        "slope": f"{per_s * 60:+.3f} MiB a minute, {per_s * ended * 1024 * 1024 / asked:+.0f} bytes a request",
        "samples": f"{len(held)}, of {min(held):.0f} to {max(held):.0f} MiB",
    }
    yield Result("memory", engine, held[0], held[-1], facts)


def _load(url: str) -> tuple[list[tuple[float, float]], int]:
    """Samples of (seconds, MiB) and how many requests were answered."""
    connection = HTTPConnection(urlsplit(url).netloc)
    samples: list[tuple[float, float]] = []
    began = monotonic()
    for number in count():
        passed = monotonic() - began
        if not samples or passed - samples[-1][0] >= _SAMPLE_S:
            samples.append((passed, _read_resident(connection)))
        if passed >= _MINUTES * 60:
            connection.close()
            return samples, number
        _ask(connection, number)
        sleep(_PAUSE_S)
    raise AssertionError  # count never ends


def _ask(connection: HTTPConnection, number: int) -> None:
    body = json.dumps(_choose(number))
    connection.request("POST", "/graphql", body, _HEADERS)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200 or (b'"errors"' in content) != (number % 8 == 3):
        raise RuntimeError(f"{answer.status}: {content!r}")


def _choose(number: int) -> dict[str, object]:
    """The request of a number: one of each kind in turn."""
    who = {"phone": phone(number % PERSONS)}
    match number % 8:
        case 0:
            return {"query": f"{QUERY} # {number}", "variables": who}
        case 1:
            return {"query": PAGE}
        case 2:
            return {"query": QUERY, "variables": {"phone": f"138{number % 10**8:08d}"}}
        case 3:
            return {"query": "query Broken { person(by: ", "variables": {}}
        case 4:
            record = {"system": "pos", "externalId": "pos-00000"}
            earned = {"caller": "bench", "idempotencyKey": f"memory-{number // 16}", "record": record, "amount": 1}
            return {"query": _EARN, "variables": {"input": earned}}
        case _:
            return {"query": QUERY, "variables": who}


def _read_resident(connection: HTTPConnection) -> float:
    connection.request("GET", "/metrics")
    found = _RESIDENT.search(connection.getresponse().read())
    if found is None:
        raise RuntimeError("the API does not say how much memory it holds")
    return float(found[1]) / 2**20
