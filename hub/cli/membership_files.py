"""Who every record belongs to, as a table: CSV, or Parquet in row groups, so that memory does not grow with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import BinaryIO, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

_COLUMNS: Final = ("person_id", "system", "external_id")
_ROW_GROUP: Final = 50_000

Membership = tuple[str, str, str]
"""Person id, system, external id."""


class Format(StrEnum):
    """The formats of an export."""

    CSV = "csv"
    PARQUET = "parquet"


class Table(Protocol):
    """A table that is being written."""

    def add(self, row: Membership) -> None:
        """Append a row."""

    def close(self) -> None:
        """Write what is left."""


@contextmanager
def open_table(format: Format, file: BinaryIO) -> Iterator[Table]:
    """A table in this file, which is whole once the block has ended well."""
    table: Table = _Parquet(file) if format is Format.PARQUET else _Csv(file)
    yield table
    table.close()


class _Csv:
    def __init__(self, file: BinaryIO) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow(_COLUMNS)

    def add(self, row: Membership) -> None:
        self._writer.writerow(row)

    def close(self) -> None:
        self._text.flush()
        self._text.detach()


class _Parquet:
    def __init__(self, file: BinaryIO) -> None:
        self._schema = pa.schema([pa.field(name, pa.string(), nullable=False) for name in _COLUMNS])
        self._writer = pq.ParquetWriter(file, self._schema)
        self._rows: list[Membership] = []

    def add(self, row: Membership) -> None:
        self._rows.append(row)
        if len(self._rows) >= _ROW_GROUP:
            self._write()

    def close(self) -> None:
        if self._rows:
            self._write()
        self._writer.close()

    def _write(self) -> None:
        columns = [pa.array(column, pa.string()) for column in zip(*self._rows, strict=True)]
        self._writer.write_table(pa.table(columns, schema=self._schema))
        self._rows = []
