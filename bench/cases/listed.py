"""GraphQL alone: a list of 20 objects of 6 fields from memory, beside mercurius and strawberry as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.listed import QUERY
from bench.report import Result
from bench.serving import compare, load, serving_node, serving_python
from tests.support.servers import Engine

_CONNECTIONS: Final = 32
_WARM_S: Final = 3


def run(engine: Engine) -> Iterator[Result]:
    """The same list by three servers; there is no graph in it, so it is run once."""
    if engine != "embedded":
        return
    headers = {"content-type": "application/json"}
    asked = [{"method": "POST", "path": "/graphql", "headers": headers, "body": json.dumps({"query": QUERY})}]
    with (
        TemporaryDirectory() as name,
        serving_python("bench.listed", "PORT", "hub", environ={}) as ours,
        serving_python("bench.listed", "PORT", "plain", environ={}) as plain,
        serving_node("listed.js", "PORT", environ={}) as mercurius,
    ):
        file = Path(name) / "asked.json"
        file.write_text(json.dumps(asked), encoding="utf-8")
        for url in (ours, plain, mercurius):
            load(url, file, _CONNECTIONS, _WARM_S)
        yield compare("listed_mercurius", "memory", {ours: file, mercurius: file}, _CONNECTIONS)
        yield compare("listed_strawberry", "memory", {ours: file, plain: file}, _CONNECTIONS)
