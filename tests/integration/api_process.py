"""`hub` as its own process, on a test's servers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import httpx
from pydantic import SecretStr

from graph.counts import fetch_counts
from graph.database import Graph
from hub.core.settings import Settings


def environ_of(settings: Settings, **changes: str) -> dict[str, str]:
    """An environment in which `load_settings` finds these settings, secrets included."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if value is not None and not isinstance(value, tuple):
            environ[f"HUB_{name.upper()}"] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return environ | changes


async def kill_when_records_are_in(graph: Graph, command: list[str], environ: dict[str, str]) -> int:
    """The exit code of a command that was killed as soon as the graph held its first records."""
    async with await anyio.open_process(command, env=environ, stdout=None, stderr=subprocess.DEVNULL) as process:
        while process.returncode is None and not (await fetch_counts(graph)).records:
            pass
        process.kill()
        return await process.wait()


def call(url: str, body: object = None, *, host: str = "127.0.0.1") -> httpx.Response:
    """Ask another process: GET, or POST where there is a body."""
    return httpx.request("GET" if body is None else "POST", url, json=body, headers={"Host": host}, timeout=None)


@contextmanager
def serving(environ: dict[str, str], *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`hub serve` as a process and its base address, once it says that it answers; killed at the end if need be."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "serve", *arguments], env=environ, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process, _address(process)
    finally:
        process.kill()
        process.communicate()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if found := re.search(r'^\{.*"event":"GraphQL on (http://\S+)/graphql', line):
            return found[1]
    raise AssertionError(f"hub serve ended with {process.wait()}: {said}")
