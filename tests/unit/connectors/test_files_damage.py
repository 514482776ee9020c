"""A file that cannot be right is refused as a whole, in one message, before its first row."""

from __future__ import annotations

import gzip
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from connectors.files import workbook
from connectors.files.opening import open_source
from connectors.files.rows import BadCell, BadRow, Row, Unreadable
from connectors.files.values import read_text
from hub.core.errors import InvalidInput
from tests.support.file_tables import write_csv, write_json_lines, write_parquet, write_workbook

_HEADER = ("id", "name")
_ROWS = [(f"A{number}", "张伟") for number in range(500)]
_BIG = "x" * 10_000_000


def _cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def _refusal(path: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        open_source(path)
    assert path.name in caught.value.safe_message
    return caught.value.safe_message


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    assert "empty" in _refusal(path)

    path.write_bytes(b"\xef\xbb\xbf\r\n\r\n")
    assert "empty" in _refusal(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in _refusal(tmp_path / "nowhere.csv")


def test_folders_and_pipes_are_refused_without_opening_them(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)

    assert "is a folder" in _refusal(tmp_path)
    assert "pipe or a device" in _refusal(pipe)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
@pytest.mark.parametrize("write", [write_workbook, None])
def test_a_cut_binary_file_is_refused(tmp_path: Path, share: float, write: Callable[..., Path] | None) -> None:
    path = tmp_path / "a"
    if write is None:
        write_parquet(path, {"id": [one for one, _ in _ROWS]})
    else:
        write(path, _HEADER, _ROWS)

    _cut(path, share)

    assert "cut off" in _refusal(path)


def test_a_cut_gzip_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv.gz", _HEADER, _ROWS, packed=True)
    for size in (len(path.read_bytes()) - 5, 12, 3):
        path.write_bytes(path.read_bytes()[:size])
        assert "cut off" in _refusal(path)


def test_a_csv_that_ends_inside_quotes_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,name\n1,"fine"\n2,"never closed\n3,x\n4,y\n')

    assert "starts on line 3" in _refusal(path)


@pytest.mark.parametrize("end", ["A9", '"A9"'])
def test_a_csv_that_ends_inside_a_row_is_refused(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"id,name\n1,x\n{end}")

    assert "cut off" in _refusal(path)


def test_json_lines_that_end_inside_an_object_are_refused(tmp_path: Path) -> None:
    path = write_json_lines(tmp_path / "a.jsonl", [{"id": 1, "name": "张伟"}] * 5)
    path.write_bytes(path.read_bytes()[:-8])

    assert "line 5" in _refusal(path)


@pytest.mark.parametrize("content", ['[{"id": 1}]', '{\n  "id": 1\n}\n'])
def test_json_that_is_not_lines_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)

    assert "one object a line" in _refusal(path)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        random.Random(7).randbytes(5000),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100,
        "id,name\n1,张伟\n".encode("utf-16-le"),
    ],
)
def test_a_binary_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    _refusal(path)


def test_a_damaged_utf8_file_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", _HEADER, _ROWS)
    content = bytearray(path.read_bytes())
    place = content.index("伟".encode(), len(content) // 2)
    content[place] = 0xFF
    path.write_bytes(bytes(content))

    line = bytes(content[:place]).count(b"\n") + 1
    assert f"line {line}:" in _refusal(path)


@pytest.mark.parametrize("name", ["张三", "张三丰李四"])
def test_a_file_of_two_encodings_is_not_taken_for_gb18030(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"id,name\n1,{name}\n".encode() + "2,李娜,张伟\n".encode("gb18030") * 7)

    assert "UTF-8" in _refusal(path)


def test_western_bytes_are_not_taken_for_gb18030(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", _HEADER, [("1", "José"), ("2", "Zoës")], encoding="latin-1")

    assert "UTF-8" in _refusal(path)


def test_a_repeated_column_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", ("手机号", "姓名", "手机号 "), [])

    assert "手机号 occurs twice, as number 1 and as number 3" in _refusal(path)


@pytest.mark.parametrize("quote_all", [True, False])
def test_an_enormous_field_of_a_csv_is_refused_with_its_line(tmp_path: Path, quote_all: bool) -> None:
    path = write_csv(tmp_path / "a.csv", _HEADER, [("1", "x"), ("2", _BIG)], quote_all=quote_all)

    assert "line 3" in _refusal(path)


@pytest.mark.parametrize("size", [65_537, 70_000, 131_073])
def test_the_limit_of_a_field_counts_in_every_format(tmp_path: Path, size: int) -> None:
    text = "x" * size

    for path in (
        write_csv(tmp_path / "a.csv", _HEADER, [("1", text)]),
        write_csv(tmp_path / "b.csv", _HEADER, [("1", text[:-1] + '"')]),
        write_json_lines(tmp_path / "a.jsonl", [{"id": 1, "name": [text]}]),
    ):
        assert "65,536" in _refusal(path)


def test_the_longest_field_that_is_allowed_is_read(tmp_path: Path) -> None:
    text = "x" * 65_536

    for path in (
        write_csv(tmp_path / "a.csv", _HEADER, [("1", text)]),
        write_json_lines(tmp_path / "a.jsonl", [{"id": "1", "name": text}]),
    ):
        assert [row.cells for row in open_source(path).rows()] == [{"id": "1", "name": text}]  # type: ignore[union-attr]


def test_an_enormous_value_of_another_format_is_refused(tmp_path: Path) -> None:
    for path in (
        write_json_lines(tmp_path / "a.jsonl", [{"id": 1}, {"id": 2, "name": _BIG}]),
        write_parquet(tmp_path / "a.parquet", {"id": ["1"] * 3, "name": ["x", _BIG, "y"]}),
        write_parquet(tmp_path / "b.parquet", {"id": [1], "items": [[{"sku": _BIG}]]}),
    ):
        assert "65,536" in _refusal(path) or "1,048,576" in _refusal(path)


def test_columns_that_a_rejects_file_would_have_twice_are_refused(tmp_path: Path) -> None:
    for path in (
        write_csv(tmp_path / "a.csv", ("id", "_text"), [("1", "x")]),
        write_workbook(tmp_path / "a.xlsx", ("id", "_line"), [("1", "x")]),
        write_parquet(tmp_path / "a.parquet", {"id": ["1"], "_line": ["x"]}),
        write_parquet(tmp_path / "b.parquet", {"id": [["1"]], "_reject": ["x"]}),
    ):
        assert "rejects files add" in _refusal(path)


def test_texts_of_parquet_that_no_text_file_could_hold_are_refused(tmp_path: Path) -> None:
    wrong = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")])

    assert "zero byte" in _refusal(write_parquet(tmp_path / "a", {"id": ["1", "2\0"]}))
    assert "damaged" in _refusal(write_parquet(tmp_path / "b", {"id": wrong}))


def test_an_enormous_cell_of_a_workbook_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", _HEADER, [("1", "MARK")])
    _rewrite(path, lambda content: content.replace(b"MARK", _BIG.encode()))

    assert "65,536" in _refusal(path)


@pytest.mark.parametrize("limit", ["MAX_UNPACKED_BYTES", "MAX_SHARED_BYTES", "MAX_SHARED_TEXTS", "MAX_PART_BYTES"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    path = write_workbook(tmp_path / "a.xlsx", _HEADER, _ROWS)
    part = f'<Override PartName="/xl/texts.xml" ContentType="{SHARED_STRINGS}"/></Types>'.encode()
    _rewrite(path, lambda content: content.replace(b"</Types>", part))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/texts.xml", f'<sst xmlns="{SHEET_MAIN_NS}">{"<si/>" * 101}</sst>')
    open_source(path)
    monkeypatch.setattr(workbook, limit, 100)

    assert "too large" in _refusal(path)


def test_a_damaged_member_of_a_workbook_is_refused(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", _HEADER, _ROWS)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    content[start + 200] ^= 0xFF
    path.write_bytes(bytes(content))

    assert "damaged" in _refusal(path)


@pytest.mark.parametrize("change", [(b"</sheetData>", b""), (b"<worksheet", b"<!DOCTYPE a><worksheet")])
def test_a_sheet_that_is_no_xml_is_refused_before_its_first_row(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    path = write_workbook(tmp_path / "a.xlsx", _HEADER, _ROWS)
    _rewrite(path, lambda content: content.replace(*change))

    assert "damaged" in _refusal(path)


def test_a_damaged_cell_of_a_workbook_spoils_only_itself(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", ("id", "n"), [("1", 7001), ("2", 7002), ("3", 7003), ("4", 7004)])
    wrong = {
        b"<v>7001</v>": b"<v>x7</v>",
        b'<c r="B3" t="n"><v>7002': b'<c r="B3" t="s"><v>999',
        b'<row r="5"': b'<row r="2000000"',
    }

    def damage(content: bytes) -> bytes:
        for good, bad in wrong.items():
            content = content.replace(good, bad)
        return content

    _rewrite(path, damage)

    *good, last = open_source(path).rows()
    assert [row.cells for row in good if isinstance(row, Row)] == [
        {"id": "1", "n": Unreadable("x7")},
        {"id": "2", "n": Unreadable("999")},
        {"id": "3", "n": 7003},
    ]
    with pytest.raises(BadCell, match="cannot be read"):
        read_text(Unreadable("x7"))
    assert isinstance(last, BadRow)
    assert "beyond row 1,048,576" in last.reason


def test_another_archive_is_no_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "id\n1\n")

    assert "unpack it" in _refusal(path)


def test_a_packed_enormous_line_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id,name\n1," + b"x" * 50_000_000))

    assert "line 2" in _refusal(path)


def _rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, change(content))
