"""Small files of every format, written when a test needs them: the same call writes the same table."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

LATEST_MS: Final = 1_767_225_600_000
"""The first instant of 2026: nothing that tests write into files happened later."""


def write_csv(
    path: Path,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
    line_end: str = "\r\n",
    quote_all: bool = False,
    packed: bool = False,
) -> Path:
    """A CSV as programs write it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    )
    writer.writerows([columns, *rows])
    content = buffer.getvalue().encode(encoding)
    path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    return path


def write_json_lines(path: Path, objects: Sequence[object]) -> Path:
    """One object a line."""
    path.write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in objects))
    return path


def write_workbook(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """A workbook with one sheet; numbers and dates are what they are in Python."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("导出")
    for row in (columns, *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def write_parquet(path: Path, columns: dict[str, Sequence[Any]], schema: pa.Schema | None = None) -> Path:
    """A Parquet file of these columns in row groups of two rows, so that small tables have several."""
    pq.write_table(pa.table(columns, schema=schema), path, row_group_size=2)
    return path
