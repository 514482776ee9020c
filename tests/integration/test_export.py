"""`hub export persons`: every live record with its person, as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from graph.database import Graph
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.personal_data.erase import erase_person
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub
from tests.support.stewardship import put, read_places, said

pytestmark = pytest.mark.anyio


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def put_people(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said("pos|a,1", ("phone", "13800000001"), name="张伟"))
    await put(graph, identity, said("tmall:flagship|b", ("phone", "13800000001"), name="张伟"))
    await put(graph, identity, said("pos|会员", ("phone", "13800000002"), name="李娜"))
    await put(graph, identity, said("pos|gone", ("phone", "13800000003"), name="王芳"))
    gone = (await read_places(graph))["pos|gone"]
    await erase_person(graph, identity, gone, requested_by="customer", reason="asked")


async def test_both_formats_hold_every_live_record(
    graph: Graph, identity: Identity, settings: Settings, tmp_path: Path
) -> None:
    await put_people(graph, identity)
    expected = {(person, *record.split("|")) for record, person in (await read_places(graph)).items()}
    environ, path = environ_of(settings), tmp_path / "persons.parquet"

    printed = run_hub(environ, "export", "persons")
    run_hub(environ, "export", "persons", "--output", str(tmp_path / "persons.csv"))
    written = run_hub(environ, "export", "persons", "--format", "parquet", "--output", str(path))

    header, *rows = csv.reader(io.StringIO(printed.stdout))
    table = pq.read_table(path)
    assert header == table.column_names == ["person_id", "system", "external_id"]
    assert {tuple(row) for row in rows} == set(zip(*table.to_pydict().values(), strict=True)) == expected
    assert len(expected) == 3
    assert (tmp_path / "persons.csv").read_text(encoding="utf-8") == printed.stdout
    assert (written.returncode, written.stdout) == (0, f"Wrote {path}: 3 records.\n")
    assert names_in(tmp_path) == ["persons.csv", "persons.parquet"]


async def test_an_empty_graph_gives_an_empty_table(graph: Graph, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "persons.parquet"

    run_hub(environ_of(settings), "export", "persons", "--format", "parquet", "--output", str(path))

    assert pq.read_table(path).num_rows == 0


def test_parquet_is_not_written_to_a_terminal(settings: Settings) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "hub.cli", "export", "persons", "--format", "parquet"]

    refused = subprocess.run(command, env=environ_of(settings), stdout=theirs, stderr=subprocess.PIPE, text=True)

    os.close(theirs)
    os.close(ours)
    assert refused.returncode == 2
    assert "--output" in refused.stderr


async def test_what_cannot_be_written_leaves_what_was_there(settings: Settings, tmp_path: Path) -> None:
    environ = environ_of(settings)
    old = tmp_path / "persons.parquet"
    old.write_text("old")
    nowhere = environ | {"HUB_GRAPH_URI": "bolt://127.0.0.1:1"}

    for output, environment in ((tmp_path, environ), (tmp_path / "no" / "file", environ), (old, nowhere)):
        failed = run_hub(environment, "export", "persons", "--format", "parquet", "--output", str(output))
        assert failed.returncode == 1

    assert old.read_text() == "old"
    assert names_in(tmp_path) == ["persons.parquet"]
