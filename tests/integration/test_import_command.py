"""`hub import` as an operator runs it: several files, and what to do with rejected rows."""

from __future__ import annotations

import fcntl
import shlex
import signal
import sys
from pathlib import Path

import pytest

from graph.counts import fetch_counts
from graph.database import Graph
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.replay import replay
from tests.integration.api_process import environ_of, kill_when_records_are_in
from tests.support.commands import run_hub

pytestmark = pytest.mark.anyio

MAPPING = "version: 1\nkind: customers\nexternal_id: id\nidentifiers: [{type: phone, column: phone}]\n"


def write(path: Path, *rows: str, header: str = "id,phone") -> Path:
    path.write_text("\n".join([header, *rows, ""]))
    return path


def correct(path: Path, wrong: str, right: str) -> None:
    path.write_text(path.read_text(encoding="utf-8-sig").replace(wrong, right), encoding="utf-8")


def count_rejects(folder: Path) -> int:
    (rejects,) = folder.glob("c.rejects-*")
    return len(rejects.read_text(encoding="utf-8-sig").splitlines()) - 1


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


async def test_a_command_may_name_the_system_of_each_file(graph: Graph, settings: Settings, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(MAPPING)
    first = write(tmp_path / "first.csv", "c1,13800000001", "c2,12345")
    second = write(tmp_path / "pos=2.csv", "c1,13800000001")
    command = ["import", f"pos={first}", f"erp={first}", str(second), "--mapping", str(mapping)]

    refused = run_hub(environ_of(settings), *command)
    imported = run_hub(environ_of(settings), *command, "--system", "tmall:flagship")

    assert (refused.returncode, "--system" in refused.stderr) == (2, True)
    assert imported.returncode == 3
    assert (await fetch_counts(graph)).records == 3
    assert (await fetch_counts(graph)).persons == 1


async def test_a_load_in_bulk_tells_what_an_import_tells(graph: Graph, settings: Settings, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(MAPPING)
    first = write(tmp_path / "first.csv", "c1,13800000001", "c2,12345")
    second = write(tmp_path / "second.csv", "c9,13800000001")
    command = ["import", "--bulk", f"pos={first}", f"erp={second}", "--mapping", str(mapping)]
    environ = environ_of(settings)

    rehearsed = run_hub(environ, *command, "--dry-run")
    written = (await fetch_counts(graph)).records
    loaded, again = run_hub(environ, *command), run_hub(environ, *command)

    assert (rehearsed.returncode, written) == (3, 0)
    assert (loaded.returncode, "1 row was rejected, in" in loaded.stdout) == (3, True)
    assert "imported before, nothing to do" in again.stdout
    assert ((await fetch_counts(graph)).records, (await fetch_counts(graph)).persons) == (2, 1)


async def test_a_load_in_bulk_that_was_killed_is_completed(graph: Graph, settings: Settings, tmp_path: Path) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(MAPPING)
    rows = [f"c{number},138{number // 2:08d}" if number % 1000 else f"c{number},bad" for number in range(20_000)]
    path = write(tmp_path / "c.csv", *rows)
    command = ["import", "--bulk", str(path), "--system", "pos", "--mapping", str(mapping)]
    environ = environ_of(settings)
    died = await kill_when_records_are_in(graph, [sys.executable, "-m", "hub.cli", *command], environ)
    part = (await fetch_counts(graph)).records

    completed = run_hub(environ, *command)

    counts = await fetch_counts(graph)
    assert (died, 0 < part < 19_980) == (-signal.SIGKILL, True)
    assert completed.returncode == 3
    assert (counts.records, counts.persons) == (19_980, 10_000)
    assert (await replay(graph, Identity.from_settings(settings).policy)).equal
    assert count_rejects(tmp_path) == 20
