"""`hub import` as an operator runs it: several files, and what to do with rejected rows."""

from __future__ import annotations

import fcntl
import shlex
from pathlib import Path

import pytest

from graph.counts import fetch_counts
from graph.database import Graph
from hub.core.settings import Settings
from tests.integration.api_process import environ_of, run_hub

pytestmark = pytest.mark.anyio

MAPPING = "version: 1\nkind: customers\nexternal_id: id\nidentifiers: [{type: phone, column: phone}]\n"


def write(path: Path, *rows: str, header: str = "id,phone") -> Path:
    path.write_text("\n".join([header, *rows, ""]))
    return path


def correct(path: Path, wrong: str, right: str) -> None:
    path.write_text(path.read_text(encoding="utf-8-sig").replace(wrong, right), encoding="utf-8")


async def test_nothing_is_written_where_a_later_file_does_not_fit(
    graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(MAPPING)
    good = write(tmp_path / "good.csv", "c1,13800000001")
    other = write(tmp_path / "other.csv", "c2,13800000002", header="ID,mobile")
    command = ["import", str(good), str(other), "--system", "pos", "--mapping", str(mapping)]

    refused = run_hub(environ_of(settings), *command)

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("other.csv: The file has no column id")
    assert (await fetch_counts(graph)).records == 0


async def test_what_was_done_is_shown_where_a_later_file_fails(
    graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(MAPPING)
    first = write(tmp_path / "first.csv", "c1,13800000001")
    second = write(tmp_path / "second.csv", "c2,13800000002")
    command = ["import", str(first), str(second), "--system", "pos", "--mapping", str(mapping)]

    with second.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        failed = run_hub(environ_of(settings), *command)

    assert failed.returncode == 1
    assert "importing second.csv at this moment" in failed.stderr
    assert ("first.csv" in failed.stdout, "second.csv" in failed.stdout) == (True, False)
    assert (await fetch_counts(graph)).records == 1


async def test_the_printed_command_completes_the_job(graph: Graph, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "two words"
    folder.mkdir()
    mapping = folder / "m.yaml"
    mapping.write_text(MAPPING)
    path = write(folder / "c.csv", "c1,13800000001", "c2,12345")
    environ = environ_of(settings)
    command = ["import", str(path), "--system", "pos", "--mapping", str(mapping)]

    first, second = run_hub(environ, *command), run_hub(environ, *command)
    told = shlex.split(second.stdout.splitlines()[-1])
    correct(Path(told[-1]), "12345", "13800000002")
    corrected = run_hub(environ, *told[1:])

    assert (first.returncode, second.returncode, corrected.returncode) == (3, 3, 0)
    assert "1 row was rejected, in" in first.stdout
    assert "imported before, nothing to do" in second.stdout
    assert "1 row was rejected, still in" in second.stdout
    assert told[:2] == ["hub", "import"]
    assert (await fetch_counts(graph)).records == 2


async def test_demo_data_that_is_in_is_not_called_by_options_that_the_demo_lacks(
    graph: Graph, settings: Settings, tmp_path: Path
) -> None:
    environ = environ_of(settings)
    run_hub(environ, "demo", "data", "--out", str(tmp_path), "--persons", "20")

    first, second = run_hub(environ, "demo", "load", str(tmp_path)), run_hub(environ, "demo", "load", str(tmp_path))

    assert (first.returncode, "imported before" in first.stdout) == (0, False)
    assert second.stdout.splitlines()[-1] == "Everything was imported before."
    assert "--again" not in second.stdout
