from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hub.cli import membership_files
from hub.cli.membership_files import Format, open_table
from hub.cli.whole_file import open_whole


def test_rows_go_into_groups_of_a_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership_files, "_ROW_GROUP", 3)
    rows = [(f"p{number}", "pos", f"c{number}") for number in range(7)]

    with (tmp_path / "t").open("wb") as file, open_table(Format.PARQUET, file) as table:
        for row in rows:
            table.add(row)

    read = pq.ParquetFile(tmp_path / "t")
    assert [read.metadata.row_group(group).num_rows for group in range(read.num_row_groups)] == [3, 3, 1]
    assert list(zip(*read.read().to_pydict().values(), strict=True)) == rows


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def fail() -> None:
        with open_whole(path) as file:
            file.write(b"half")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["f"]
