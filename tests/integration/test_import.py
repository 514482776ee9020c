from __future__ import annotations

import asyncio
import csv
import errno
import os
import random
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.files.mapping import Mapping, dump_mapping, parse_mapping
from graph.counts import fetch_counts
from graph.database import Graph
from graph.imports import advance_import, begin_import
from hub.core.errors import InvalidInput
from hub.core.model import System
from hub.core.settings import Settings
from hub.services import import_batches
from hub.services.identity import Identity
from hub.services.import_file import ImportRequest, ImportSummary, import_file, rehearse_file
from hub.services.imported_file import ImportedFile
from tests.integration.api_process import environ_of, kill_when_records_are_in
from tests.support.commands import run_hub
from tests.support.contents import empty, read_all_but_imports, read_everything, read_partition

pytestmark = pytest.mark.anyio

CUSTOMERS = parse_mapping(
    """
    version: 1
    kind: customers
    external_id: id
    identifiers:
      - {type: phone, column: phone}
    profile: {name: name}
    """,
    "test",
)
ORDERS = parse_mapping(
    """
    version: 1
    kind: orders
    order_id: order
    customer: id
    placed_at: at
    status: {always: paid}
    lines: {line_id: line, sku: sku, quantity: n, amount: {column: yuan, unit: yuan}}
    """,
    "test",
)
ROWS = [["c1", "13800000001", "张伟"], ["c2", "138 0000 0001", "Zhang Wei"], ["c3", "13800000003", "王芳"]]


def write_csv(path: Path, rows: Iterable[Iterable[str]], header: Iterable[str] = ("id", "phone", "name")) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def spoil(path: Path) -> None:
    """As long as before, and text no more."""
    path.write_bytes(b"\xff" * path.stat().st_size)


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def run(
    graph: Graph, identity: Identity, path: Path, mapping: Mapping = CUSTOMERS, *, again: bool = False
) -> ImportSummary:
    request = ImportRequest(path, System("pos"), mapping, again=again)
    return await import_file(graph, identity, request, timezone="Asia/Shanghai")


async def test_rows_become_records_and_shared_phones_become_persons(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    summary = await run(graph, identity, write_csv(tmp_path / "c.csv", ROWS))

    assert (summary.rows, summary.accepted, summary.rejected, summary.changed_records) == (3, 3, 0, 3)
    assert await read_partition(graph) == {frozenset({"pos|c1", "pos|c2"}), frozenset({"pos|c3"})}


async def test_the_same_file_again_changes_nothing_in_the_whole_graph(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "c.csv", ROWS)
    await run(graph, identity, path)
    before = await read_everything(graph)

    second = await run(graph, identity, path)
    assert await read_everything(graph) == before
    rest = await read_all_but_imports(graph)
    forced = await run(graph, identity, path, again=True)

    assert second.was_complete
    assert (forced.accepted, forced.changed_records) == (3, 0)
    assert await read_all_but_imports(graph) == rest


async def test_a_bad_row_is_put_aside_and_its_correction_completes_the_job(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "c.csv", [ROWS[0], ["c2", "12345", "李娜"], ["", "13800000009", "无名"], ROWS[2]])

    summary = await run(graph, identity, path)

    assert (summary.accepted, summary.rejected) == (2, 2)
    assert summary.rejects is not None
    with summary.rejects.open(encoding="utf-8-sig", newline="") as file:
        rejected = list(csv.DictReader(file))
    assert [(row["id"], row["phone"], row["_line"], row["_column"]) for row in rejected] == [
        ("c2", "12345", "3", "phone"),
        ("", "13800000009", "4", "id"),
    ]
    assert rejected[0]["_value"] == "12345"
    assert "11 digits" in rejected[0]["_reason"]

    text = summary.rejects.read_text(encoding="utf-8-sig").replace("12345", "13800000002").replace("\n,", "\nc4,")
    summary.rejects.write_text(text, encoding="utf-8")
    corrected = await run(graph, identity, summary.rejects)

    assert (corrected.accepted, corrected.rejected) == (2, 0)
    assert len(await read_partition(graph)) == 4


async def test_a_dry_run_tells_and_writes_nothing(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "c.csv", [*ROWS, ["c9", "12345", "x"]])
    before = await read_everything(graph)

    summary, problems = await rehearse_file(
        identity, ImportRequest(path, System("pos"), CUSTOMERS), timezone="Asia/Shanghai"
    )

    assert (summary.accepted, summary.rejected) == (3, 1)
    assert problems[0].startswith("line 5: phone: ")
    assert "12345," not in problems[0]
    assert await read_everything(graph) == before
    assert names_in(tmp_path) == ["c.csv"]


async def test_a_dry_run_counts_the_problems_that_it_does_not_show(identity: Identity, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "c.csv", [[f"c{number}", "12345", "x"] for number in range(13)])

    _, problems = await rehearse_file(identity, ImportRequest(path, System("pos"), CUSTOMERS), timezone="Asia/Shanghai")

    assert (len(problems), problems[9].partition(":")[0], problems[10]) == (11, "line 11", "and 3 more")


async def test_a_rejects_file_that_was_corrected_is_moved_aside_and_not_lost(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "c.csv", [ROWS[0], ["c2", "12345", "李娜"]])
    first = await run(graph, identity, path)
    assert first.rejects is not None
    written = first.rejects.read_bytes()

    untouched = await run(graph, identity, path, again=True)
    assert (untouched.set_aside, sorted(names_in(tmp_path))) == (None, ["c.csv", first.rejects.name])

    corrected = written.replace(b"12345", b"13800000002")
    for number in (1, 2):
        first.rejects.write_bytes(corrected)
        again = await run(graph, identity, path, again=True)
        assert again.set_aside == first.rejects.with_name(f"{first.rejects.name}.{number}")
        assert (again.set_aside.read_bytes(), first.rejects.read_bytes()) == (corrected, written)


async def test_what_died_before_its_first_commit_leaves_nothing_beside_the_rejects(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "c.csv", [["c1", "12345", "x"], ["c2", "123456", "x"]])
    whole = await run(graph, identity, path)
    assert whole.rejects is not None
    expected = whole.rejects.read_bytes()
    await empty(graph)
    # Two runs died: what the first one left was set aside by the second.
    whole.rejects.with_name(f"{whole.rejects.name}.1").write_bytes(expected)
    whole.rejects.write_bytes(expected[:-10])

    await run(graph, identity, path)

    assert whole.rejects.read_bytes() == expected
    assert sorted(names_in(tmp_path)) == ["c.csv", whole.rejects.name]


async def test_rejected_rows_never_go_into_the_imported_file(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "c.csv", [["c1", "12345", "x"]])
    content = path.read_bytes()

    with pytest.raises(InvalidInput, match="is the file that is imported"):
        await import_file(
            graph, identity, ImportRequest(path, System("pos"), CUSTOMERS, rejects=path), timezone="Asia/Shanghai"
        )

    assert path.read_bytes() == content


async def test_pipes_and_folders_are_refused_and_read_only_files_are_not(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    path = write_csv(tmp_path / "c.csv", ROWS)
    path.chmod(0o400)

    for wrong, reason in ((tmp_path / "pipe", "pipe or a device"), (tmp_path, "is a folder")):
        with pytest.raises(InvalidInput, match=reason):
            await run(graph, identity, wrong)

    assert (await run(graph, identity, path)).accepted == 3


async def test_an_import_that_was_killed_goes_on(
    graph: Graph, identity: Identity, settings: Settings, tmp_path: Path
) -> None:
    mapping = tmp_path / "m.yaml"
    mapping.write_text(dump_mapping(CUSTOMERS))
    rows = [[f"c{number}", f"138{number:08d}" if number % 1000 else "bad", "x"] for number in range(8_000)]
    path = write_csv(tmp_path / "c.csv", rows)
    command = ["import", str(path), "--system", "pos", "--mapping", str(mapping)]
    environ = environ_of(settings)
    died = await kill_when_records_are_in(graph, [sys.executable, "-m", "hub.cli", *command], environ)

    resumed = run_hub(environ, *command)

    assert died == -signal.SIGKILL
    assert (resumed.returncode, "went on from row" in resumed.stdout) == (3, True)
    assert (await fetch_counts(graph)).records == 7_992
    (rejects,) = [name for name in names_in(tmp_path) if name.startswith("c.rejects-")]
    with (tmp_path / rejects).open(encoding="utf-8-sig", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [f"c{number}" for number in range(0, 8_000, 1000)]


@pytest.mark.parametrize("stop_after", [1, 2, 3, 5])
async def test_a_run_that_was_cut_off_goes_on_where_it_stopped(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    monkeypatch.setattr(import_batches, "MAX_EVENTS", 2)
    rows = [[f"c{number}", f"1380000{number % 7:04d}" if number % 5 else "bad", "x"] for number in range(13)]
    path = write_csv(tmp_path / "c.csv", rows)
    whole = await run(graph, identity, path)
    assert whole.rejects is not None
    expected = (await read_partition(graph), whole.rejects.read_bytes())
    await empty(graph)
    whole.rejects.unlink()

    class Died(Exception):
        pass

    ticks = 0

    def die(done: int, total: int) -> None:
        nonlocal ticks
        ticks += 1
        if ticks == stop_after:
            raise Died

    request = ImportRequest(path, System("pos"), CUSTOMERS)
    with pytest.raises(Died):
        await import_file(graph, identity, request, timezone="Asia/Shanghai", progress=die)
    with (tmp_path / whole.rejects.name).open("ab") as file:
        file.write(b"written just before the crash, never committed")
    resumed = await run(graph, identity, path)

    assert resumed.resumed_at == stop_after * 2
    assert (resumed.accepted, resumed.rejected) == (whole.accepted, whole.rejected)
    assert (await read_partition(graph), whole.rejects.read_bytes()) == expected


async def test_two_processes_importing_one_file_do_not_double_anything(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_batches, "MAX_EVENTS", 3)
    path = write_csv(
        tmp_path / "c.csv",
        [[f"c{number}", f"1390000{number:04d}" if number % 10 else "bad", "x"] for number in range(30)],
    )

    results = await asyncio.gather(*(run(graph, identity, path) for _ in range(2)), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Conflict", "ImportSummary"]
    last = await run(graph, identity, path)
    assert (last.accepted, last.rejected, len(await read_partition(graph))) == (27, 3, 27)
    assert last.rejects is not None
    assert last.rejects.read_text(encoding="utf-8-sig").count("bad") == 6


async def test_a_file_that_changes_while_it_is_read_is_not_recorded_as_complete(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_batches, "MAX_EVENTS", 2)
    rows = [[f"c{number}", f"1390000{number:04d}", "x"] for number in range(12)]
    path = write_csv(tmp_path / "c.csv", rows)

    def cut(done: int, total: int) -> None:
        write_csv(path, rows[:7])

    request = ImportRequest(path, System("pos"), CUSTOMERS)
    with pytest.raises(InvalidInput, match="changed while it was read"):
        await import_file(graph, identity, request, timezone="Asia/Shanghai", progress=cut)
    write_csv(path, rows)
    whole = await run(graph, identity, path)

    assert (whole.accepted, whole.rows, len(await read_partition(graph))) == (12, 12, 12)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("change", [Path.unlink, spoil])
async def test_what_reading_trips_over_in_a_file_that_was_changed_is_told_as_the_change(
    graph: Graph, identity: Identity, tmp_path: Path, change: Callable[[Path], None], packed: bool
) -> None:
    path = write_csv(tmp_path / "c.csv", ROWS)
    file = await ImportedFile.take(graph, identity, ImportRequest(path, System("pos"), CUSTOMERS), "Asia/Shanghai")

    change(path)
    with closing(file), pytest.raises(InvalidInput, match=r"c\.csv was changed while it was read"):
        async with aclosing(file.read(packed=packed)) as batches:
            assert [batch async for batch in batches] == []


@pytest.mark.parametrize(
    "step", ["connectors.files.opening.scan_text", "connectors.files.delimited.DelimitedSource.rows"]
)
async def test_a_file_that_may_not_be_read_any_more_is_told_without_an_error_of_ours(
    identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = write_csv(tmp_path / "c.csv", ROWS)

    def refuse(*_: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(step, refuse)
    with pytest.raises(InvalidInput, match=r"c\.csv cannot be read: Permission denied"):
        await rehearse_file(identity, ImportRequest(path, System("pos"), CUSTOMERS), timezone="Asia/Shanghai")


async def test_the_checkpoint_moves_for_one_writer_only(graph: Graph) -> None:
    start = await begin_import(graph, "k", system="pos", file="f", now_ms=1)

    async def advance(position: int) -> bool:
        return await graph.write(advance_import, "k", start, replace(start, position=position), now_ms=2)

    moved = await asyncio.gather(*(advance(position) for position in range(1, 6)))

    assert sorted(moved) == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03" * 50, "not text"),
        (b"id,name\nc1,x\n", "phone"),
        (b'id,phone,name\nc1,13800000001,"never closed\n', "quot"),
        (b"id,phone,name\nc1,13800000001," + b"x" * 10_000_000 + b"\n", "character"),
    ],
)
async def test_a_file_that_cannot_be_used_gets_one_clear_error_and_writes_nothing(
    graph: Graph, identity: Identity, tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "c.csv"
    path.write_bytes(content)
    before = await read_everything(graph)

    with pytest.raises(InvalidInput, match=reason):
        await run(graph, identity, path)

    assert await read_everything(graph) == before
    assert names_in(tmp_path) == ["c.csv"]


async def test_an_order_with_one_bad_line_is_put_aside_as_a_whole(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    header = ("order", "line", "id", "at", "sku", "n", "yuan")
    lines = [
        ["T1", "1", "c1", "2026-01-05 10:00", "s1", "1", "10.00"],
        ["T1", "2", "c1", "2026-01-05 10:00", "s2", "1", "ten"],
        ["T2", "1", "", "2026-01-05 11:00", "s1", "2", "1,234.50"],
    ]

    summary = await run(graph, identity, write_csv(tmp_path / "o.csv", lines, header), ORDERS)

    assert (summary.accepted, summary.rejected, summary.changed_orders) == (1, 2, 1)


async def test_files_in_any_order_give_the_same_partition(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    chooser = random.Random(7)
    rows = [[f"c{number}", f"1380000{chooser.randrange(12):04d}", "x"] for number in range(30)]
    files = [write_csv(tmp_path / f"{part}.csv", rows[part::3]) for part in range(3)]
    partitions = []
    for order in ([0, 1, 2], [2, 0, 1]):
        await empty(graph)
        for part in order:
            await run(graph, identity, files[part])
        partitions.append(await read_partition(graph))

    assert partitions[0] == partitions[1]
