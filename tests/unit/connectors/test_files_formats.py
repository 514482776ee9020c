"""Whatever program wrote a table, the rows that come out are the ones that went in."""

from __future__ import annotations

import gzip
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.opening import open_source
from connectors.files.rows import BadRow, Row
from tests.support.file_tables import write_csv, write_json_lines, write_parquet, write_workbook

_HEADER = ("编号", "name", "备注")
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
# Encodings are told apart by what is common in them, and these are common characters of GB18030.
_CHINESE = st.text(st.sampled_from('张伟的订单地址,;|\t"\r\n ab12，。￥'), max_size=20)
# What XML can hold, and a spreadsheet gives back as it got it.
_CELL_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=20)


def _tables(text: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, ...]]]:
    return st.lists(st.tuples(st.from_regex("[A-Z][0-9]{1,4}", fullmatch=True), text, text), max_size=8)


def _read(path: Path) -> list[dict[str, object]]:
    source = open_source(path)
    rows = list(source.rows())
    source.close()
    assert source.columns == _HEADER
    assert not [row for row in rows if isinstance(row, BadRow)]
    return [row.cells for row in rows if isinstance(row, Row)]


def _expected(table: list[tuple[str, ...]]) -> list[dict[str, str]]:
    return [dict(zip(_HEADER, row, strict=True)) for row in table]


@given(
    _tables(_TEXT),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
def test_any_table_is_read_back_from_a_csv(
    tmp_path_factory: pytest.TempPathFactory,
    table: list[tuple[str, ...]],
    encoding: str,
    delimiter: str,
    line_end: str,
    quote_all: bool,
    packed: bool,
) -> None:
    path = tmp_path_factory.mktemp("csv") / "export"
    write_csv(
        path,
        _HEADER,
        table,
        encoding=encoding,
        delimiter=delimiter,
        line_end=line_end,
        # Python's writer leaves a lone carriage return bare where lines end with \n, and nothing can read that back.
        quote_all=quote_all or line_end == "\n",
        packed=packed,
    )

    assert _read(path) == _expected(table)


@given(_tables(_CHINESE))
def test_a_table_is_read_back_from_gb18030(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, ...]]
) -> None:
    path = write_csv(tmp_path_factory.mktemp("gb") / "export.csv", _HEADER, table, encoding="gb18030")

    assert _read(path) == _expected(table)
    assert open_source(path).encoding == "gb18030"


@given(_tables(_TEXT.filter(lambda text: text.isprintable())))
def test_any_table_is_read_back_from_json_lines(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, ...]]
) -> None:
    rows = _expected([("A1", "", ""), *table])
    path = write_json_lines(tmp_path_factory.mktemp("jsonl") / "export", rows)

    assert _read(path) == rows


@given(_tables(_TEXT))
def test_any_table_is_read_back_from_parquet(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, ...]]
) -> None:
    columns = {name: pa.array([row[number] for row in table], pa.string()) for number, name in enumerate(_HEADER)}
    path = write_parquet(tmp_path_factory.mktemp("parquet") / "export", columns)

    assert _read(path) == _expected(table)


@given(_tables(_CELL_TEXT))
def test_any_table_is_read_back_from_a_workbook(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, ...]]
) -> None:
    # An apostrophe keeps a text that begins with = from being a formula, and belongs to the sheet, not to the text.
    table = [tuple(cell.lstrip("=") for cell in row) for row in table]
    path = write_workbook(tmp_path_factory.mktemp("xlsx") / "export", _HEADER, table)

    assert _read(path) == [{name: cell or None for name, cell in row.items()} for row in _expected(table)]


@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx", "parquet"])
def test_reading_resumes_after_any_row(tmp_path: Path, format: str) -> None:
    rows = [(f"A{number}", "张伟", "") for number in range(7)]
    path = tmp_path / "export.dat"
    if format == "csv":
        write_csv(path, _HEADER, rows)
    elif format == "jsonl":
        write_json_lines(path, [dict(zip(_HEADER, row, strict=True)) for row in rows])
    elif format == "xlsx":
        write_workbook(path, _HEADER, rows)
    else:
        write_parquet(path, dict(zip(_HEADER, zip(*rows, strict=True), strict=True)))
    source = open_source(path)
    whole = list(source.rows())

    for skip in range(9):
        assert list(source.rows(skip)) == whole[skip:]

    assert (source.format, source.row_count, source.progress()) == (format, 7, 1.0)


def test_a_line_number_is_where_the_row_begins(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text('id,note\n1,"two\nlines"\n\n2,x\n')

    rows = list(open_source(path).rows())

    assert [(row.line, row.cells["id"]) for row in rows if isinstance(row, Row)] == [(2, "1"), (5, "2")]


def test_a_row_with_the_wrong_number_of_cells_keeps_its_text(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text('id,name\n1,"a,b",c\n2\n3,ok,,\n')

    short, long, fine = sorted(open_source(path).rows(), key=lambda row: isinstance(row, Row) or row.row.line != 3)

    assert isinstance(short, BadRow)
    assert (short.row.line, short.row.text) == (3, "2")
    assert isinstance(long, BadRow)
    assert (long.row.text, long.reason) == ('1,"a,b",c', "the row has 3 cells, the header has 2")
    assert fine == Row(4, {"id": "3", "name": "ok"})


def test_a_quote_in_the_middle_of_a_quoted_cell_costs_only_its_row(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text('id,name\n1,"小王"专卖\n2,"大""王"\n')

    bad, good = open_source(path).rows()

    assert isinstance(bad, BadRow)
    assert bad.row.text == '1,"小王"专卖'
    assert good == Row(3, {"id": "2", "name": '大"王'})


def test_a_header_without_rows_gives_none(tmp_path: Path) -> None:
    source = open_source(write_csv(tmp_path / "a.csv", _HEADER, []))

    assert list(source.rows()) == []
    assert source.progress() == 1.0


def test_cells_of_a_workbook_keep_their_types(tmp_path: Path) -> None:
    moment = datetime(2024, 1, 5, 13, 4)  # noqa: DTZ001 (cells have no zone)
    path = write_workbook(tmp_path / "a.xlsx", _HEADER, [(13812345678.0, moment, 6222021234567890)])

    row = next(open_source(path).rows())

    assert isinstance(row, Row)
    assert row.cells["编号"] == 13812345678
    assert row.cells["name"] == moment
    assert isinstance(row.cells["备注"], float)


def test_nested_columns_are_listed_as_paths(tmp_path: Path) -> None:
    one = {"id": 1, "buyer": {"phone": "138"}, "items": [{"sku": "a", "paid": 5}]}
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("buyer", pa.struct([("phone", pa.string())])),
            ("items", pa.list_(pa.struct([("sku", pa.string()), ("paid", pa.int64())]))),
        ]
    )
    files = [
        write_json_lines(tmp_path / "a", [one]),
        write_parquet(tmp_path / "b", {name: [value] for name, value in one.items()}, schema),
    ]

    for path in files:
        source = open_source(path)
        assert source.columns == ("id", "buyer", "buyer.phone", "items", "items[].sku", "items[].paid")
        assert next(source.rows()) == Row(1, one)


def test_what_is_no_object_is_a_bad_row_of_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text('{"id": 1}\n{"id": \n[1]\n\n{"id": 2}\n')

    first, broken, array, last = open_source(path).rows()

    assert isinstance(broken, BadRow)
    assert (broken.row.line, broken.row.text) == (2, '{"id":')
    assert isinstance(array, BadRow)
    assert array.reason.startswith("not an object")
    assert (first, last) == (Row(1, {"id": 1}), Row(5, {"id": 2}))


def test_single_precision_floats_mean_their_shortest_text(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "a", {"amount": pa.array([12.34, 99999.99], pa.float32())})

    amounts = [row.cells["amount"] for row in open_source(path).rows() if isinstance(row, Row)]

    assert amounts == [12.34, 99999.99]


def test_gzip_hides_neither_format_nor_size(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b'{"id": 1}\n', mtime=0))

    source = open_source(path)

    assert (source.format, source.size_bytes) == ("jsonl", path.stat().st_size)
    assert list(source.rows()) == [Row(1, {"id": 1})]
