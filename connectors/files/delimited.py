"""CSV and its relatives: cells separated by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice, tee
from pathlib import Path
from typing import Final

from connectors.files.headers import check_headers, refuse_reject_columns
from connectors.files.rows import MAX_FIELD_CHARS, MAX_ROW_CHARS, REJECT_COLUMNS, BadRow, Format, Row
from connectors.files.texts import TextScan, open_text
from hub.core.errors import InvalidInput

DELIMITERS: Final = (",", "\t", ";", "|")
_SNIFFED_ROWS: Final = 20
_REMEMBERED: Final = 1000
_REJECTS_HEADER: Final = frozenset(REJECT_COLUMNS[:4])


class DelimitedSource:
    """A CSV file; see `Source`. `delimiter` is the one that separates its cells."""

    format: Format = "csv"
    sparse = False
    nested = False

    def __init__(self, path: Path, scan: TextScan) -> None:
        self._path = path
        self.encoding: str | None = scan.encoding
        self.digest = scan.digest
        self.size_bytes = path.stat().st_size
        self.delimiter = _sniff_delimiter(scan.head)
        self._header = self._read_header()
        # Only a file with all four is one that we wrote: a `_line` of a source's own is data.
        self._ignored = frozenset(REJECT_COLUMNS) if _REJECTS_HEADER.issubset(self._header) else frozenset()
        self.columns = tuple(name for name in self._header if name not in self._ignored)
        refuse_reject_columns(self.columns, path)
        self.row_count = self._check_rows(scan)
        self._given = 0
        self._file: io.TextIOWrapper | None = None

    def rows(self, skip: int = 0) -> Iterator[Row | BadRow]:
        """See `Source.rows`."""
        self.close()
        self._file = open_text(self._path, self.encoding or "utf-8")
        self._given = 0
        for found in self._read(self._file):
            self._given += 1
            if self._given > skip:
                yield found

    def progress(self) -> float:
        """See `Source.progress`."""
        return min(1.0, self._given / self.row_count) if self.row_count else 1.0

    def close(self) -> None:
        """See `Source.close`."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read(self, file: Iterable[str]) -> Iterator[Row | BadRow]:
        lines = _Lines(file)
        reader = csv.reader(lines.ahead, delimiter=self.delimiter, strict=True)
        header, width, ignored = self._header, len(self._header), self._ignored
        header_seen, forgotten = False, 0
        make = tuple.__new__  # what `Row` would call, a million times
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(Row(line, {}, lines.show(line, reader.line_num)), _explain(error))
                continue
            if line > forgotten + _REMEMBERED:
                lines.forget(line)
                forgotten = line
            if not row or (len(row) == 1 and width > 1 and not row[0].strip()):
                continue
            if not header_seen:
                header_seen = any(row)
            elif len(row) == width and not ignored:
                yield make(Row, (line, dict(zip(header, row, strict=True)), None))
            else:
                yield self._fit(line, row, lines.show(line, reader.line_num))

    def _fit(self, line: int, row: list[str], shown: str) -> Row | BadRow:
        width = len(self._header)
        if len(row) > width and not any(row[width:]):
            row = row[:width]
        if len(row) != width:
            reason = f"the row has {len(row)} cells, the header has {width}"
            return BadRow(Row(line, {}, shown), reason)
        cells = dict(zip(self._header, row, strict=True))
        ignored = {name: cells.pop(name) for name in self._ignored if name in cells}
        text = ignored.get("_text")
        return self._split_again(line, text) if text and not any(cells.values()) else Row(line, cells)

    def _split_again(self, line: int, text: str) -> Row | BadRow:
        """A row of a rejects file that could not be split then and was perhaps corrected since."""
        try:
            rows = list(self._strict(io.StringIO(text, newline="")))
        except csv.Error as error:
            return BadRow(Row(line, {}, text), _explain(error))
        cells = rows[0] if len(rows) == 1 else []
        while len(cells) > len(self.columns) and not cells[-1]:
            cells.pop()
        if len(cells) != len(self.columns):
            reason = f"_text has {len(cells)} cells, the file has {len(self.columns)} columns"
            return BadRow(Row(line, {}, text), reason)
        return Row(line, dict(zip(self.columns, cells, strict=True)))

    def _read_header(self) -> tuple[str, ...]:
        with open_text(self._path, self.encoding or "utf-8") as file:
            try:
                header = next((row for row in self._strict(file) if any(row)), None)
            except csv.Error as error:
                raise InvalidInput(f"{self._path.name}: the header cannot be read: {_explain(error)}.") from None
        if header is None:
            raise InvalidInput(f"{self._path.name} is empty: there is not even a header.")
        return check_headers(header, self._path)

    def _check_rows(self, scan: TextScan) -> int:
        """How many rows there are; refuses a file that is cut off or has an enormous field."""
        simple = not scan.quoted and not scan.long_lines and "\r" not in scan.head.replace("\r\n", "").rstrip("\r")
        count, last = (scan.line_count - 1, self._cells(scan.tail)) if simple else self._count_rows()
        if scan.tail.strip() and count and len(last) < len(self._header):
            raise InvalidInput(
                f"{self._path.name} ends in the middle of its last row ({len(last)} of {len(self._header)} cells and "
                "no line break): it seems to be cut off. Copy or export it again."
            )
        return max(count, 0)

    def _cells(self, line: str) -> list[str]:
        return next(self._strict([line]), [])

    def _strict(self, lines: Iterable[str]) -> Iterator[list[str]]:
        return csv.reader(lines, delimiter=self.delimiter, strict=True)

    def _count_rows(self) -> tuple[int, list[str]]:
        taken: list[str] = []
        count = -1
        last: list[str] = []
        with open_text(self._path, self.encoding or "utf-8") as file:
            reader = csv.reader(_remember(file, taken), delimiter=self.delimiter, strict=True)
            while True:
                taken.clear()
                line = reader.line_num + 1
                try:
                    row = next(reader)
                except StopIteration:
                    return count, last
                except csv.Error as error:
                    row = self._survive(error, line)
                if len(taken) > 1 or len(taken[0]) > MAX_FIELD_CHARS:
                    self._refuse_enormous(row, taken, line)
                if row:
                    count, last = count + 1, row

    def _survive(self, error: csv.Error, line: int) -> list[str]:
        message = str(error)
        if "unexpected end of data" in message:
            raise InvalidInput(
                f"{self._path.name} ends inside the quoted field that starts on line {line}: the file is cut off, or "
                "that quotation mark is never closed."
            )
        if "field larger" in message:
            raise InvalidInput(self._too_long(line, "a field", MAX_FIELD_CHARS))
        return [message]

    def _refuse_enormous(self, row: list[str], taken: list[str], line: int) -> None:
        if sum(map(len, taken)) > MAX_ROW_CHARS:
            raise InvalidInput(self._too_long(line, "the row", MAX_ROW_CHARS))
        if max(map(len, row), default=0) > MAX_FIELD_CHARS:
            raise InvalidInput(self._too_long(line, "a field", MAX_FIELD_CHARS))

    def _too_long(self, line: int, what: str, limit: int) -> str:
        return (
            f"{self._path.name}, line {line}: {what} is longer than {limit:,} characters. Perhaps a quotation mark "
            "that opens on this line is never closed."
        )


def _remember(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


class _Lines:
    """The lines of a file, for somebody who reads `ahead`; a row that cannot be split is shown as it was."""

    def __init__(self, file: Iterable[str]) -> None:
        self.ahead, self._behind = tee(file)
        self._forgotten = 0

    def forget(self, line: int) -> None:
        """All before a line, by its number, counted from 1."""
        self._forgotten += len(list(islice(self._behind, line - 1 - self._forgotten)))

    def show(self, first: int, last: int) -> str:
        """The text from one line to another, which are forgotten by that."""
        self.forget(first)
        taken = list(islice(self._behind, last - self._forgotten))
        self._forgotten += len(taken)
        return "".join(taken).rstrip("\r\n")


def _explain(error: csv.Error) -> str:
    if "expected after" in str(error):
        return 'a quoted cell goes on after its closing quotation mark: a mark inside of a cell is written ""'
    return str(error)


def _sniff_delimiter(head: str) -> str:
    """The delimiter under which the header has several cells and the next rows as many; a comma if none is."""
    if len(head) >= MAX_FIELD_CHARS:
        head = head[: head.rfind("\n") + 1] or head
    scores = {delimiter: _score(head, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _score(head: str, delimiter: str) -> tuple[float, int]:
    try:
        reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
        rows = [row for row, _ in zip(reader, range(_SNIFFED_ROWS), strict=False) if row]
    except csv.Error:
        return (0.0, 0)
    width = len(rows[0]) if rows else 0
    return (sum(len(row) == width for row in rows) / len(rows), width) if width > 1 else (0.0, 0)
