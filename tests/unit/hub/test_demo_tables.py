from __future__ import annotations

from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hub.demo.exports.tables import CsvTable, ParquetTable, PartFile

_CSV = partial(CsvTable, columns=("id", "text"), encoding="utf-8")


def test_a_whole_file_appears_under_its_name(tmp_path: Path) -> None:
    with PartFile(tmp_path / "new" / "a.csv", _CSV) as file:
        file.add(("1", "two\nlines"))

    assert (tmp_path / "new" / "a.csv").read_bytes() == b'id,text\r\n1,"two\nlines"\r\n'
    assert file.rows == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.csv"]


def test_an_interrupted_file_never_appears_under_its_name(tmp_path: Path) -> None:
    def write_half() -> None:
        with PartFile(tmp_path / "a.csv", _CSV) as file:
            file.add(("1", "x"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()

    assert not (tmp_path / "a.csv").exists()


def test_parquet_rows_are_written_in_groups_and_not_held(tmp_path: Path) -> None:
    table = ParquetTable(tmp_path / "a.parquet", schema=pa.schema([pa.field("n", pa.int64())]))

    for n in range(120_000):
        table.add((n,))
    table.close()

    found = pq.ParquetFile(tmp_path / "a.parquet")
    sizes = [found.metadata.row_group(n).num_rows for n in range(found.num_row_groups)]
    assert sizes == [50_000, 50_000, 20_000]
    assert found.read()["n"].to_pylist() == list(range(120_000))
