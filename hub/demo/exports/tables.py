"""Files written row by row, in bounded memory, under a temporary name until they are whole."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

_ROW_GROUP: Final = 50_000
_PART: Final = ".part"


class Table(Protocol):
    """An open file of rows."""

    def add(self, row: Any) -> None:
        """Write one row: a sequence of cells, or an object for JSON Lines."""
        ...

    def close(self) -> None:
        """Write what is still held and close the file."""
        ...


class CsvTable:
    """A CSV with a header; lines end as Windows programs end them."""

    def __init__(self, path: Path, *, columns: Sequence[str], encoding: str) -> None:
        self._file = path.open("w", encoding=encoding, newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def add(self, row: Sequence[object]) -> None:
        self._writer.writerow(row)

    def close(self) -> None:
        self._file.close()


class JsonLinesTable:
    """One JSON object a line, UTF-8."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def add(self, row: dict[str, Any]) -> None:
        self._file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        self._file.close()


class ParquetTable:
    """A Parquet file in row groups of 50,000 rows."""

    def __init__(self, path: Path, *, schema: pa.Schema) -> None:
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[Sequence[object]] = []

    def add(self, row: Sequence[object]) -> None:
        self._rows.append(row)
        if len(self._rows) == _ROW_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            columns = zip(*self._rows, strict=True)
            arrays = [pa.array(cells, field.type) for cells, field in zip(columns, self._schema, strict=True)]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=self._schema))
            self._rows.clear()


@dataclass
class PartFile:
    """A table under a temporary name, renamed when the `with` block ends well and left as it is when it does not."""

    path: Path
    open: Callable[[Path], Table]
    rows: int = 0

    def __enter__(self) -> PartFile:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._table = self.open(self._part)
        return self

    def add(self, row: Any) -> None:
        """Write one row."""
        self._table.add(row)
        self.rows += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()
        if kind is None:
            self._part.replace(self.path)

    @property
    def _part(self) -> Path:
        return self.path.with_name(self.path.name + _PART)
