"""A graph and a queue for tests and benchmarks, on the engine that `HUB_TEST_ENGINE` names."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal

from anyio.from_thread import start_blocking_portal

from hub.core.settings import Settings
from hub.embedded.stack import Stack
from tests.support.neo4j_server import run_neo4j

Engine = Literal["embedded", "neo4j"]


def chosen_engine() -> Engine:
    """The engine that this run was asked to use; the embedded one unless told."""
    name = os.environ.get("HUB_TEST_ENGINE", "embedded")
    if name == "embedded":
        return "embedded"
    if name == "neo4j":
        return "neo4j"
    raise ValueError(f"HUB_TEST_ENGINE is {name!r}: expected embedded or neo4j")


@contextmanager
def graph_server(engine: Engine, directory: Path, *, brief: bool = False) -> Iterator[Settings]:
    """Settings that reach a running graph and the embedded queue, for code that is not async, such as a fixture.

    The servers work in `directory`, on free ports, with throw-away durability, and end with the block. Neo4j is not fit
    to be measured where it is `brief`.
    """
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_run(engine, directory, brief)) as settings,
    ):
        yield settings


@asynccontextmanager
async def _run(engine: Engine, directory: Path, brief: bool) -> AsyncIterator[Settings]:
    asked = Settings(data_dir=directory, embedded_durable=False, access="open")
    if engine == "embedded":
        async with Stack(asked, frozenset({"graph", "queue"})) as stack:
            yield stack.settings
    else:
        async with Stack(asked, frozenset({"queue"})) as stack, run_neo4j(directory / "neo4j", brief=brief) as reached:
            names = ("graph_uri", "graph_password")
            yield stack.settings.model_copy(update={name: getattr(reached, name) for name in names})
