"""The rejects file: the rows that could not be imported, as they were, with what is wrong with them.

For JSON Lines, and for Parquet with nested columns, it is JSON Lines: the original object with a `_reject` object, or
`{"_text": ..., "_reject": ...}` for a line that was no object. For everything else it is a CSV with the source's
columns and `_line, _column, _value, _reason, _text`, in UTF-8 with a byte order mark, so that spreadsheets read it
right. Both can be corrected and imported with the same mapping: what we added is ignored on reading.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path
from typing import IO, Any, Final

import orjson

from connectors.files.delimited import DelimitedSource
from connectors.files.outcomes import Problem, Rejected
from connectors.files.rows import REJECT_COLUMNS, REJECT_KEY, TEXT_KEY, Row, Source
from connectors.files.values import show_cell
from hub.core.errors import InvalidInput

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_CHUNK: Final = 1024 * 1024


class RejectsFile:
    """A rejects file that is appended to. It comes into being with the first rejected row."""

    def __init__(self, path: Path, source: Source) -> None:
        self._path = path
        self._columns = source.columns
        self._delimiter = source.delimiter if isinstance(source, DelimitedSource) else ","
        self._as_objects = source.nested
        self._file: IO[bytes] | None = None

    @property
    def offset(self) -> int:
        """The file's size in bytes with everything that was written; 0 while there is none."""
        if self._file is not None:
            self._file.flush()
        return self._path.stat().st_size if self._path.exists() else 0

    def save(self) -> int:
        """Have everything that was written on the disk, before anything else relies on it; returns `offset`."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
        return self.offset

    def truncate(self, offset: int) -> None:
        """Forget what was written after `offset`, an earlier value of the property; 0 removes the file."""
        self.close()
        if offset == 0:
            self._path.unlink(missing_ok=True)
        elif self.offset > offset:
            with self._path.open("r+b") as file:
                file.truncate(offset)

    def set_aside(self) -> Path | None:
        """Move what is there under the first free name (`.1`, `.2`, ...), which is returned; None if nothing is."""
        if self.offset == 0:
            return None
        if not self._path.is_file():
            raise InvalidInput(f"{self._path} is no ordinary file: choose another one for the rejected rows.")
        free = next(path for path in self._aside_names() if not path.exists())
        self._path.rename(free)
        return free

    def drop_repeated(self) -> None:
        """Remove what was set aside and says nothing that is not said here, by whichever run: some are cut off."""
        for earlier in list(takewhile(Path.is_file, self._aside_names())):
            if self._repeats(earlier):
                earlier.unlink()

    def _aside_names(self) -> Iterator[Path]:
        return (self._path.with_name(f"{self._path.name}.{number}") for number in count(1))

    def _repeats(self, earlier: Path) -> bool:
        # Nothing empty is ever set aside: such a file is somebody else's.
        if not 0 < earlier.stat().st_size <= self.offset:
            return False
        with self._path.open("rb") as now, earlier.open("rb") as then:
            return all(now.read(len(part)) == part for part in iter(lambda: then.read(_CHUNK), b""))

    def write(self, rejected: Rejected) -> None:
        """Append all rows of a rejection, each with its own problem."""
        problems = {one.line: one for one in (_first(rejected), *rejected.more)}
        because = f"another row of this order was rejected: see line {rejected.line}"
        found = [(row, problems.get(row.line) or Problem(row.line, "", "", because)) for row in rejected.rows]
        lines = [_as_object(row, one) for row, one in found] if self._as_objects else [self._as_csv(found)]
        self._open().write(b"".join(lines))

    def close(self) -> None:
        """Write out what is buffered; a later `write` opens the file again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> IO[bytes]:
        if self._file is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                # Rejected rows are personal data: only their owner may read them.
                self._path.touch(mode=0o600)
                self._file = self._path.open("ab")
            except OSError as error:
                raise InvalidInput(
                    f"{self._path} cannot be written: {error.strerror}. Choose another place for the rejected rows."
                ) from None
            if self._path.stat().st_size == 0 and not self._as_objects:
                self._file.write(_BYTE_ORDER_MARK + self._csv_lines([[*self._columns, *REJECT_COLUMNS]]))
        return self._file

    def _as_csv(self, found: list[tuple[Row, Problem]]) -> bytes:
        return self._csv_lines(
            [*self._shown(row), one.line, one.column, one.value, one.reason, row.text or ""] for row, one in found
        )

    def _shown(self, row: Row) -> Iterator[str]:
        # Cells that begin with = or + are not defused: the file has to say what the source said, or a corrected
        # import would store the defused text. Whoever opens it in a spreadsheet sees his own data's formulas.
        return (show_cell(row.cells.get(column)) for column in self._columns)

    def _csv_lines(self, rows: Any) -> bytes:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=self._delimiter).writerows(rows)
        return buffer.getvalue().encode()


def open_rejects(path: Path, source: Source) -> RejectsFile:
    """The rejects file of an import of `source`; nothing is written or removed until `write` or `truncate`."""
    return RejectsFile(path, source)


def suffix_for(source: Source) -> str:
    """The ending that a rejects file of this source should have: `.jsonl` or `.csv`."""
    return ".jsonl" if source.nested else ".csv"


def _first(rejected: Rejected) -> Problem:
    return Problem(rejected.line, rejected.column, rejected.value, rejected.reason)


def _as_object(row: Row, one: Problem) -> bytes:
    reject = {"line": one.line, "column": one.column, "value": one.value, "reason": one.reason}
    cells = {TEXT_KEY: row.text} if row.text is not None else row.cells
    return orjson.dumps({**cells, REJECT_KEY: reject}, default=str, option=orjson.OPT_APPEND_NEWLINE)
