"""A file that is read apart gives what it gives when read here, and leaves no process behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from connectors.files.mapping import parse_mapping
from connectors.files.opening import open_source
from hub.core.errors import InvalidInput, Unavailable
from hub.core.model import System
from hub.core.vault import Vault
from hub.services import import_ahead
from hub.services.identity import Identity
from hub.services.import_ahead import read_ahead
from hub.services.import_batches import Batch, FileReader
from hub.services.packed_facts import unpack_fact
from hub.services.policy import DEFAULT_POLICY
from hub.services.programme.shipped import shipped_programme
from tests.support.file_tables import write_csv, write_json_lines, write_parquet, write_workbook

PROGRAMME = shipped_programme(ZoneInfo("Asia/Shanghai"))

pytestmark = pytest.mark.anyio

MAPPING = "version: 1\nkind: customers\nexternal_id: id\nidentifiers: [{type: phone, column: phone}]\n"
ROWS = [(f"C{number}", f"138{number:08d}" if number % 7 else "12") for number in range(5_000)]
IDS, PHONES = zip(*ROWS, strict=True)
WRITERS: dict[str, Callable[[Path], Path]] = {
    "csv": lambda path: write_csv(path, ("id", "phone"), ROWS),
    "jsonl": lambda path: write_json_lines(path, [{"id": one, "phone": phone} for one, phone in ROWS]),
    "xlsx": lambda path: write_workbook(path, ("id", "phone"), ROWS),
    "parquet": lambda path: write_parquet(path, {"id": IDS, "phone": PHONES}),
}


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_ahead, "_WORTH_A_PROCESS", 1_000)


def open_reader(path: Path, mapping: str = MAPPING) -> FileReader:
    identity = Identity(Vault(bytes(32)), DEFAULT_POLICY, "CN")
    return FileReader(
        open_source(path),
        parse_mapping(mapping),
        System("pos"),
        identity,
        "Asia/Shanghai",
        1,
        PROGRAMME,
    )


def summarise(batches: Sequence[Batch]) -> list[object]:
    """All that matters of batches: birth ids and seals are new each time."""
    return [
        (
            batch.position,
            batch.rows,
            [(fact.record, fact.assertions, fact.profile) for fact in batch.customers],
            batch.rejected,
        )
        for batch in batches
    ]


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if import_ahead.__name__ in one.cmdline()]


async def read_all(reader: FileReader, skip: int = 0) -> list[Batch]:
    async with aclosing(read_ahead(reader, skip=skip, default_ms=1)) as batches:
        return [batch async for batch in batches]


@pytest.mark.parametrize("name", WRITERS)
async def test_every_format_reads_the_same_apart(tmp_path: Path, name: str) -> None:
    reader = open_reader(WRITERS[name](tmp_path / "a"))

    apart = await read_all(reader, skip=10)

    assert sum(len(batch.rejected) for batch in apart) == 714 - 1
    assert summarise(apart) == summarise(list(reader.read(skip=10, default_ms=1)))


async def test_customers_come_packed_where_they_are_asked_for_so(tmp_path: Path) -> None:
    reader = open_reader(write_csv(tmp_path / "a.csv", ("id", "phone"), ROWS))

    packed = await read_all(replace(reader, packed=True))

    assert not any(batch.customers for batch in packed)
    plain = await read_all(reader)
    assert [batch.accepted for batch in packed] == [batch.accepted for batch in plain]
    facts = [unpack_fact(fact.content) for batch in packed for fact in batch.packed]
    assert [(fact.record, fact.assertions) for fact in facts] == [
        (fact.record, fact.assertions) for batch in plain for fact in batch.customers
    ]


async def test_one_process_reads_file_after_file(tmp_path: Path) -> None:
    first = open_reader(write_csv(tmp_path / "a.csv", ("id", "phone"), ROWS))
    second = open_reader(write_csv(tmp_path / "b.csv", ("id", "phone"), ROWS[:2_000]))

    await read_all(first)
    process = children()
    await read_all(second)

    assert len(process) == 1
    assert children() == process


async def test_what_is_wrong_with_a_file_is_told_as_if_it_was_read_here(tmp_path: Path) -> None:
    reader = open_reader(
        write_csv(tmp_path / "a.csv", ("id", "phone"), ROWS), MAPPING.replace("phone, col", "fon, col")
    )

    with pytest.raises(InvalidInput, match="type fon, which does not exist"):
        await read_all(reader)


async def test_a_reader_that_is_killed_is_told_as_something_to_repeat(tmp_path: Path) -> None:
    reader = open_reader(write_csv(tmp_path / "a.csv", ("id", "phone"), ROWS * 10))

    async with aclosing(read_ahead(reader, skip=0, default_ms=1)) as batches:
        await anext(batches)
        for process in children():
            process.kill()
        with pytest.raises(Unavailable, match="run the same command again"):
            [batch async for batch in batches]

    assert await read_all(reader)


async def test_nobody_reads_on_for_a_caller_who_left(tmp_path: Path) -> None:
    reader = open_reader(write_csv(tmp_path / "a.csv", ("id", "phone"), ROWS * 10))
    before = set(children())

    async with aclosing(read_ahead(reader, skip=0, default_ms=1)) as batches:
        await anext(batches)

    assert set(children()) <= before
