"""Parquet, read in batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.files.headers import check_headers, refuse_reject_columns
from connectors.files.json_lines import list_paths
from connectors.files.rows import MAX_FIELD_CHARS, REJECT_KEY, BadRow, Format, Row, Unreadable
from hub.core.errors import InvalidInput

_BATCH_ROWS: Final = 4096
# Dates beyond the year 9999, zones that nobody knows.
_BEYOND_PYTHON: Final = (OverflowError, ValueError, LookupError)
_DAMAGE: Final = (pa.ArrowException, OSError, UnicodeDecodeError)


class ColumnarSource:
    """A Parquet file; see `Source`. Cells are Python values; structs and lists are objects and lists."""

    format: Format = "parquet"
    encoding: str | None = None
    sparse = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size_bytes = path.stat().st_size
        with path.open("rb") as file:
            self.digest = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            with pq.ParquetFile(path, pre_buffer=False) as file:
                self.row_count = int(file.metadata.num_rows)
                schema = file.schema_arrow
        except _DAMAGE as error:
            raise self._damaged(error) from None
        self._header = check_headers(schema.names, path)
        self.nested = any(pa.types.is_nested(field.type) for field in schema)
        self._check_names()
        self.columns = tuple(list_paths(_example(schema)))
        self._check_texts(schema)
        self._given = 0
        self._file: Any = None

    def rows(self, skip: int = 0) -> Iterator[Row | BadRow]:
        """See `Source.rows`."""
        self.close()
        self._given = 0
        self._file = pq.ParquetFile(self._path, pre_buffer=False)
        try:
            for batch in self._batches(skip):
                columns = [_python_values(column) for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    self._given += 1
                    if self._given > skip:
                        yield Row(self._given, dict(zip(self._header, cells, strict=True)))
        except _DAMAGE as error:
            raise self._damaged(error) from None

    def progress(self) -> float:
        """See `Source.progress`."""
        return min(1.0, self._given / self.row_count) if self.row_count else 1.0

    def close(self) -> None:
        """See `Source.close`."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _batches(self, skip: int) -> Iterator[pa.RecordBatch]:
        """Batches from the row group in which the first wanted row is: earlier groups need no unpacking."""
        groups, before = list(range(self._file.num_row_groups)), 0
        while groups and before + (count := self._file.metadata.row_group(groups[0]).num_rows) <= skip:
            before += count
            groups.pop(0)
        self._given = before
        yield from self._file.iter_batches(batch_size=_BATCH_ROWS, row_groups=groups, use_threads=False)

    def _check_names(self) -> None:
        if not self.nested:
            refuse_reject_columns(self._header, self._path)
        elif REJECT_KEY in self._header:
            raise InvalidInput(f"{self._path.name}: {REJECT_KEY} is a key that rejects files add: rename the column.")

    def _check_texts(self, schema: pa.Schema) -> None:
        """Read the texts once: they are looked through in C, dictionaries keep a repeated long one from unfolding."""
        texts = [field.name for field in schema if _is_text(field.type)]
        nested = [field.name for field in schema if pa.types.is_nested(field.type)]
        try:
            with pq.ParquetFile(self._path, read_dictionary=texts, pre_buffer=False) as file:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=texts + nested, use_threads=False):
                    for name, column in zip(batch.schema.names, batch.columns, strict=True):
                        column.validate(full=True)
                        if not self.nested and _has_zero(column):
                            raise InvalidInput(
                                f"{self._path.name}: the column {name} has a text with a zero byte, which a CSV of "
                                "rejected rows could not hold. Remove it."
                            )
                        if _longest(column) > MAX_FIELD_CHARS * 4:
                            raise InvalidInput(
                                f"{self._path.name}: the column {name} has a value of more than {MAX_FIELD_CHARS:,} "
                                "characters."
                            )
        except _DAMAGE as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> InvalidInput:
        return InvalidInput(
            f"{self._path.name} cannot be read as Parquet: it is cut off or damaged. Copy or export it again.",
            error=str(error),
        )


def _is_text(kind: Any) -> bool:
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind))


def _has_zero(column: Any) -> bool:
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    return bool(pc.any(pc.match_substring(texts, "\0")).as_py())


def _longest(column: Any) -> int:
    """The length in bytes of the longest text in an array, at any depth."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _longest(column.dictionary)
    if pa.types.is_struct(kind):
        return max((_longest(column.field(position)) for position in range(kind.num_fields)), default=0)
    if pa.types.is_map(kind):
        return max(_longest(column.keys), _longest(column.items))
    if pa.types.is_nested(kind):
        return _longest(column.flatten())
    if _is_text(kind) or pa.types.is_large_binary(kind):
        return int(pc.max(pc.binary_length(column)).as_py() or 0)
    return 0


def _python_values(column: Any) -> list[Any]:
    kind = column.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        # Python's datetime has microseconds, and pyarrow refuses to drop what is finer.
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_float32(kind):
        # As a double, 12.34 would be 12.34000015258789: its shortest text is what was meant.
        column = column.cast(pa.string()).cast(pa.float64())
    try:
        values: list[Any] = column.to_pylist()
    except _BEYOND_PYTHON:
        values = [_python_value(column, place) for place in range(len(column))]
    return values


def _python_value(column: Any, place: int) -> Any:
    try:
        return column[place].as_py()
    except _BEYOND_PYTHON:
        return Unreadable(" ".join(column.slice(place, 1).to_string().split()).strip("[] "))


def _example(schema: pa.Schema) -> dict[str, Any]:
    """An object with the schema's shape, so that paths are listed as they are for JSON Lines."""
    return {field.name: _example_value(field.type) for field in schema}


def _example_value(kind: Any) -> Any:
    if pa.types.is_struct(kind):
        return {
            kind.field(position).name: _example_value(kind.field(position).type) for position in range(kind.num_fields)
        }
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return [_example_value(kind.value_type)]
    return None
