"""Several files in one run: each in its turn, while those that follow are read."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from graph.database import Graph
from hub.core.errors import InvalidInput
from hub.core.model import System
from hub.services import import_batches
from hub.services.ahead import kept_ahead
from hub.services.identity import Identity
from hub.services.import_facts import import_facts
from hub.services.import_files import import_files
from hub.services.imported_file import ImportedFile, ImportRequest, ImportSummary, Progress
from hub.services.ingest import Applied
from tests.integration.test_import import CUSTOMERS, ROWS, names_in, write_csv
from tests.support.contents import read_partition

pytestmark = pytest.mark.anyio


def show_nothing(_file: ImportedFile) -> Progress:
    return lambda _done, _all: None


async def run_all(
    graph: Graph, identity: Identity, paths: Sequence[Path], seen: list[ImportSummary], *, again: bool = False
) -> None:
    requests = [ImportRequest(path, System("pos"), CUSTOMERS, again=again) for path in paths]
    imported = import_files(
        graph, identity, requests, timezone="Asia/Shanghai", begin=lambda _: lambda _done, _all: None
    )
    async with aclosing(imported) as summaries:
        async for summary in summaries:
            seen.append(summary)


async def test_files_are_stored_in_their_order_and_a_repeat_finds_nothing_to_do(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    first = write_csv(tmp_path / "a.csv", ROWS[:2])
    copy = Path(shutil.copy(first, tmp_path / "copy.csv"))
    second = write_csv(tmp_path / "b.csv", ROWS[2:])
    seen: list[ImportSummary] = []

    await run_all(graph, identity, [first, first, copy, second, second], seen)

    told = [(one.path.name, one.was_complete, one.accepted, one.changed_records) for one in seen]
    assert told == [
        ("a.csv", False, 2, 2),
        ("a.csv", True, 2, 0),
        ("copy.csv", True, 2, 0),
        ("b.csv", False, 1, 1),
        ("b.csv", True, 1, 0),
    ]
    assert await read_partition(graph) == {frozenset({"pos|c1", "pos|c2"}), frozenset({"pos|c3"})}


async def test_another_name_of_the_same_file_waits_for_its_turn(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    first = write_csv(tmp_path / "a.csv", ROWS)
    other = tmp_path / "b.csv"
    other.hardlink_to(first)
    seen: list[ImportSummary] = []

    await run_all(graph, identity, [first, other], seen)

    assert [(one.path.name, one.was_complete) for one in seen] == [("a.csv", False), ("b.csv", True)]


async def test_what_is_wrong_with_a_file_is_told_in_its_turn(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    first = write_csv(tmp_path / "a.csv", ROWS)
    wrong = write_csv(tmp_path / "b.csv", [["c1"]], ("id",))
    seen: list[ImportSummary] = []

    with pytest.raises(InvalidInput, match=r"b\.csv"):
        await run_all(graph, identity, [first, wrong], seen)

    assert [one.changed_records for one in seen] == [3]
    write_csv(wrong, ROWS[:1])
    await run_all(graph, identity, [first, wrong], seen)
    assert [one.was_complete for one in seen] == [False, True, False]


async def test_whoever_leaves_closes_what_was_taken(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    paths = [write_csv(tmp_path / f"{number}.csv", [[f"c{number}", "", ""]]) for number in range(4)]
    requests = [ImportRequest(path, System("pos"), CUSTOMERS) for path in paths]
    imported = import_files(
        graph, identity, requests, timezone="Asia/Shanghai", begin=lambda _: lambda _done, _all: None
    )
    async with aclosing(imported) as summaries:
        await anext(summaries)

    seen: list[ImportSummary] = []
    await run_all(graph, identity, paths, seen)  # nobody holds any of them

    assert [one.was_complete for one in seen] == [True, False, False, False]
    assert len(names_in(tmp_path)) == 4


async def test_a_file_whose_turn_does_not_come_stays_as_it_is(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_csv(tmp_path / "a.csv", ROWS[:1])
    second = write_csv(tmp_path / "b.csv", [*ROWS[1:], ["c4", "not a phone", ""]])
    seen: list[ImportSummary] = []
    await run_all(graph, identity, [first, second], seen)
    before = sorted(names_in(tmp_path))

    async def fail(*_: object) -> None:
        await asyncio.sleep(0.2)  # time enough to begin the next one
        raise InvalidInput("it broke")

    monkeypatch.setattr("hub.services.import_files.import_facts", fail)
    with pytest.raises(InvalidInput, match="it broke"):
        await run_all(graph, identity, [first, second], seen, again=True)
    monkeypatch.undo()

    assert sorted(names_in(tmp_path)) == before
    assert len(before) == 3
    await run_all(graph, identity, [second], seen)
    assert seen[-1].was_complete


async def test_rows_that_a_file_rejects_are_read_when_all_are_written(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_batches, "MAX_EVENTS", 2)
    rows = [[f"c{number}", "not a phone" if number % 3 else f"1390000{number:04d}", "x"] for number in range(12)]
    first = write_csv(tmp_path / "a.csv", rows)
    seen: list[ImportSummary] = []
    await run_all(graph, identity, [first], seen)
    rejects = seen[0].rejects
    assert rejects is not None

    async def store_slowly(*given: Any) -> Applied:
        await asyncio.sleep(0.05)  # time enough to read all of it, and to take the next one
        return await import_facts(*given)

    monkeypatch.setattr("hub.services.import_files.import_facts", store_slowly)
    await run_all(graph, identity, [first, rejects], seen, again=True)

    assert [(one.accepted, one.rejected) for one in seen] == [(4, 8), (4, 8), (0, 8)]


async def test_items_come_in_order_and_a_failure_after_the_last() -> None:
    closed = False

    async def count() -> AsyncGenerator[int, None]:
        nonlocal closed
        try:
            for number in range(5):
                yield number
            raise InvalidInput("no more")
        finally:
            closed = True

    got: list[int] = []

    async def take() -> None:
        async with kept_ahead(count(), most=2) as items:
            async for item in items:
                got.append(item)

    with pytest.raises(InvalidInput, match="no more"):
        await take()
    assert got == [0, 1, 2, 3, 4]
    assert closed


async def test_so_many_are_made_ahead_and_no_more() -> None:
    made: list[int] = []

    async def count() -> AsyncGenerator[int, None]:
        for number in range(100):
            made.append(number)
            yield number

    async with kept_ahead(count(), most=3) as items:
        for _ in range(20):
            await asyncio.sleep(0)
        assert made == [0, 1, 2, 3]
        assert await anext(items) == 0
