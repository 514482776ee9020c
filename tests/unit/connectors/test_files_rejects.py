"""Rejected rows are kept as they were, and complete the job once they are corrected."""

from __future__ import annotations

import csv
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from connectors.files.mapping import parse_mapping
from connectors.files.opening import open_source
from connectors.files.outcomes import Rejected, Translated
from connectors.files.rejects import open_rejects, suffix_for
from connectors.files.rows import BadRow, Row
from connectors.files.translate import translate
from hub.core.model import System
from tests.support.file_tables import LATEST_MS, write_csv, write_json_lines, write_parquet, write_workbook

_MAPPING = """
version: 1
kind: customers
external_id: id
identifiers: [{type: phone, column: phone}]
profile: {name: name, birthday: born}
"""
_ORDERS = """
version: 1
kind: orders
order_id: no
placed_at: at
status: {always: paid}
lines: {sku: sku, quantity: n, amount: {column: paid, unit: yuan}}
"""
_COLUMNS = ("id", "phone", "name", "born")


def _import(path: Path, rejects: Path, mapping: str = _MAPPING) -> list[str]:
    """The ids of what was accepted; the rest goes to the rejects file."""
    source = open_source(path)
    file = open_rejects(rejects, source)
    accepted = []
    for outcome in translate(
        source, parse_mapping(mapping), System("pos"), timezone="Asia/Shanghai", latest_ms=LATEST_MS
    ):
        if isinstance(outcome, Translated):
            event: Any = outcome.event
            accepted.append(event.order_id if mapping == _ORDERS else event.record.external_id)
        else:
            file.write(outcome)
    file.close()
    source.close()
    return accepted


def _correct(path: Path, wrong: str, right: str) -> None:
    path.write_bytes(path.read_bytes().replace(wrong.encode(), right.encode()))


def test_a_rejected_csv_row_says_where_and_why_and_can_be_corrected(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        _COLUMNS,
        [("1", "138", "张伟", ""), ("2", '=1+"2"', "a\r\nb,c", "1990-02-30")],
        encoding="gb18030",
        delimiter=";",
    )
    rejects, again = tmp_path / "r.csv", tmp_path / "r2.csv"

    assert _import(path, rejects) == ["1"]
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file, delimiter=";")
    _correct(rejects, "1990-02-30", "1990-02-28")
    accepted = _import(rejects, again)

    assert header == [*_COLUMNS, "_line", "_column", "_value", "_reason", "_text"]
    assert row[:7] == ["2", '=1+"2"', "a\r\nb,c", "1990-02-30", "3", "born", "1990-02-30"]
    assert "calendar" in row[7]
    assert accepted == ["2"]
    assert not again.exists()


def test_a_row_that_could_not_be_split_is_corrected_in_its_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,phone,name,born\n1,138,"小王"专卖,\n2,138,a,b,c\n')
    rejects, again, last = (tmp_path / f"r{number}.csv" for number in range(3))

    assert _import(path, rejects) == []
    assert [row.row.text for row in open_source(rejects).rows() if isinstance(row, BadRow)] == [
        '1,138,"小王"专卖,',
        "2,138,a,b,c",
    ]
    _correct(rejects, '1,138,""小王""专卖,', "1,138,小王专卖,")
    assert _import(rejects, again) == ["1"]
    _correct(again, "2,138,a,b,c", '2,138,""a,b"",')
    assert _import(again, last) == ["2"]


def test_an_order_goes_to_the_rejects_with_all_its_rows(tmp_path: Path) -> None:
    columns = ("no", "at", "sku", "n", "paid")
    rows = [("R1", "2024-01-05", "a", "1", "1.00"), ("R1", "2024-01-05", "b", "x", "1.00")]
    rejects = tmp_path / "r.csv"

    assert _import(write_csv(tmp_path / "a.csv", columns, rows), rejects, _ORDERS) == []
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        shown = [(row["_line"], row["_column"], row["_reason"]) for row in csv.DictReader(file)]
    _correct(rejects, "b,x,", "b,2,")

    assert shown == [("2", "", "another row of this order was rejected: see line 3"), ("3", "n", "not a number")]
    assert _import(rejects, tmp_path / "r2.csv", _ORDERS) == ["R1"]


def test_rejected_objects_keep_their_shape(tmp_path: Path) -> None:
    one = {"id": 1, "phone": "138", "tags": ["a", {"b": 1.5}], "born": "1990-02-30"}
    path = write_json_lines(tmp_path / "a", [one])
    with path.open("ab") as file:
        file.write('{"id": 2, "name": "张伟",}\n'.encode())
    rejects = tmp_path / "r.jsonl"

    assert _import(path, rejects) == []
    first, second = (orjson.loads(line) for line in rejects.read_bytes().splitlines())
    assert first["_reject"].keys() == {"line", "column", "value", "reason"}
    assert {name: value for name, value in first.items() if name != "_reject"} == one
    assert (second["_text"], second["_reject"]["line"]) == ('{"id": 2, "name": "张伟",}', 2)
    _correct(rejects, "02-30", "02-28")
    _correct(rejects, '张伟\\",}', '张伟\\"}')
    assert _import(rejects, tmp_path / "r2.jsonl") == ["1", "2"]


@pytest.mark.parametrize("depth", [64, 300, 1000, 1100])
@pytest.mark.parametrize("padding", [1, 40_000])
def test_a_deeply_nested_object_is_rejected_alone(tmp_path: Path, depth: int, padding: int) -> None:
    pad = "x" * padding
    deep = f'{{"id": "1", "pad": ["{pad}", "{pad}"], "name": {"[" * depth}{"]" * depth}}}'
    path = tmp_path / "a"
    path.write_text(f'{deep}\n{{"id": "2"}}\n')
    rejects = tmp_path / "r.jsonl"

    assert _import(path, rejects) == ["2"]
    assert orjson.loads(rejects.read_bytes())["_text"] == deep


def test_numbers_that_no_double_holds_are_rejected_verbatim(tmp_path: Path) -> None:
    line = '{"id":12345678901234567890123,"born":"x","n":0.1000000000000000055511151231257827}'
    path = tmp_path / "a"
    path.write_text(line + "\n")
    rejects, again = tmp_path / "r.jsonl", tmp_path / "r2.jsonl"

    assert _import(path, rejects) == []
    assert orjson.loads(rejects.read_bytes())["_text"] == line
    assert _import(rejects, again) == []
    assert orjson.loads(again.read_bytes())["_text"] == line
    _correct(again, '\\"x\\"', "null")
    assert _import(again, tmp_path / "r3.jsonl") == ["12345678901234567890123"]


def test_rejects_that_are_all_no_json_are_rejected_again(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text('{"id": 1,}\n{"id": 2,}\n')
    rejects, again = tmp_path / "r.jsonl", tmp_path / "r2.jsonl"

    assert _import(path, rejects) == []
    assert _import(rejects, again) == []
    assert [orjson.loads(line)["_text"] for line in again.read_bytes().splitlines()] == ['{"id": 1,}', '{"id": 2,}']


def test_dates_beyond_the_calendar_cost_only_the_rows_that_use_them(tmp_path: Path) -> None:
    days = pa.array([10**7, 0], pa.date32())
    odd = {
        "far": pa.array([2**62, 0], pa.timestamp("us")),
        "zone": pa.array([0, 0], pa.timestamp("s", "Foo/Bar")),
        "list": pa.array([[10**7], [0]], pa.list_(pa.date32())),
    }
    columns = {"id": ["1", "2"], "phone": ["138", "139"], "name": ["a", "b"]}
    rejects = tmp_path / "r"

    assert _import(write_parquet(tmp_path / "a", {**columns, "born": [None, None], **odd}), rejects) == ["1", "2"]
    assert _import(write_parquet(tmp_path / "b", {**columns, "born": days, **odd}), rejects) == ["2"]
    found = orjson.loads(rejects.read_bytes())
    assert found["_reject"]["column"] == "born"
    assert (found["born"], found["far"]) == ("29349-01-26", "<value out of range: 4611686018427387904>")


def test_cells_of_a_workbook_survive_being_rejected(tmp_path: Path) -> None:
    born = datetime(1990, 2, 3)  # noqa: DTZ001 (cells have no zone)
    path = write_workbook(
        tmp_path / "a.xlsx",
        _COLUMNS,
        [(10, 13812345678.0, "a", "x"), (11, 6222021234567890123, "b", born), (12.0, 138, None, born)],
    )
    rejects, again = tmp_path / "r.csv", tmp_path / "r2.csv"

    assert _import(path, rejects) == ["12"]
    assert _import(rejects, again) == []
    _correct(rejects, "a,x,", "a,1990-02-03,")
    assert _import(rejects, again) == ["10"]


@pytest.mark.parametrize("row", [("1", "138", "MARK", None), ("1", "138", "a", None, "stray")])
def test_a_row_that_does_not_fit_a_workbook_is_rejected_until_it_is_corrected(
    tmp_path: Path, row: tuple[str | None, ...]
) -> None:
    long = tuple("x" * 70_000 if cell == "MARK" else cell for cell in row)
    path = write_workbook(tmp_path / "a.xlsx", _COLUMNS, [("2", "139", "b", None)])
    book = load_workbook(path)
    for place, cell in enumerate(long, 1):
        found: Any = book.worksheets[0].cell(3, place)
        found._value, found.data_type = cell, "s"
    book.save(path)
    rejects, again, last = (tmp_path / f"r{number}.csv" for number in range(3))

    assert _import(path, rejects) == ["2"]
    assert _import(rejects, again) == []
    _correct(again, ",stray" if "stray" in row else "1,138,", "" if "stray" in row else "1,138,short,")
    assert _import(again, last) == ["1"]


def test_nested_columns_of_parquet_are_rejected_as_objects(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a", {"id": ["1"], "phone": ["138"], "name": ["a"], "born": ["x"], "list": [[1]]})
    source = open_source(path)
    rejects = tmp_path / "r"

    _import(path, rejects)

    assert suffix_for(source) == ".jsonl"
    assert orjson.loads(rejects.read_bytes())["list"] == [1]


def test_a_rejects_file_goes_back_to_an_earlier_size(tmp_path: Path) -> None:
    source = open_source(write_csv(tmp_path / "a.csv", _COLUMNS, []))
    path = tmp_path / "deep" / "r.csv"
    file = open_rejects(path, source)

    def reject(number: int) -> None:
        row = Row(number, dict.fromkeys(_COLUMNS, str(number)))
        file.write(Rejected((row,), number, "id", "", "why", number))

    assert (file.offset, path.exists()) == (0, False)
    reject(1)
    first = file.offset
    reject(2)
    file.truncate(first)
    reject(3)
    file.close()
    assert [row.cells["id"] for row in open_source(path).rows() if isinstance(row, Row)] == ["1", "3"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    file.truncate(0)
    assert not path.exists()
    reject(4)
    file.close()
    assert [row.cells["id"] for row in open_source(path).rows() if isinstance(row, Row)] == ["4"]


_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=15)


@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS, _CELLS).filter(any), min_size=1, max_size=6))
def test_any_rejected_cells_are_read_back_verbatim(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("rejects")
    for path in (
        write_csv(folder / "a.csv", _COLUMNS, table),
        write_json_lines(folder / "a.jsonl", [dict(zip(_COLUMNS, row, strict=True)) for row in table]),
    ):
        source = open_source(path)
        rejects = folder / f"{path.name}.rejects"
        file = open_rejects(rejects, source)
        for position, row in enumerate(source.rows(), 1):
            assert isinstance(row, Row)
            file.write(Rejected((row,), row.line, "id", row.cells["id"], "why", position))
        file.close()

        again = open_source(rejects)
        assert again.columns == source.columns
        assert [row.cells for row in again.rows() if isinstance(row, Row)] == [
            row.cells for row in source.rows() if isinstance(row, Row)
        ]
