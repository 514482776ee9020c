"""XLSX: the first sheet of a workbook."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from connectors.files.headers import check_headers, refuse_reject_columns
from connectors.files.rows import MAX_FIELD_CHARS, REJECT_COLUMNS, BadRow, Format, Row
from hub.core.errors import InvalidInput

MAX_UNPACKED_BYTES: Final = 4 * 1024**3
# The texts that cells share are held in memory as a whole, so that they are bounded on their own.
MAX_SHARED_BYTES: Final = 512 * 1024**2
_MAX_ROWS: Final = 1_048_576
_SHARED: Final = "xl/sharedStrings.xml"
_CHUNK: Final = 1024 * 1024
# Between two tags there is at most one cell's text. Three bytes a character, and a run of twice the window covers one.
_WINDOW: Final = MAX_FIELD_CHARS * 3 // 2
_DOUBLE_EXACT: Final = 10**15
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, OSError, InvalidFileException)


class WorkbookSource:
    """An XLSX file; see `Source`. Numbers stay numbers, and date cells are datetimes without a zone."""

    format: Format = "xlsx"
    encoding: str | None = None
    sparse = False
    nested = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size_bytes = path.stat().st_size
        with path.open("rb") as file:
            self.digest = hashlib.file_digest(file, "sha256").hexdigest()
        tags = self._check_archive()
        self._book: Any = None
        self._file: IO[bytes] | None = None
        self._given = 0
        header = next((cells for _, cells in self._sheet()), None)
        self.close()
        if header is None:
            raise InvalidInput(f"{path.name} is empty: there is not even a header on its first sheet.")
        self._header = check_headers(header, path)
        self._ignored = frozenset(REJECT_COLUMNS) if set(REJECT_COLUMNS[:4]) <= set(self._header) else frozenset()
        self.columns = tuple(name for name in self._header if name not in self._ignored)
        refuse_reject_columns(self.columns, path)
        self.row_count = max(tags - 1, 0)

    def rows(self, skip: int = 0) -> Iterator[Row | BadRow]:
        """See `Source.rows`."""
        self.close()
        self._given = 0
        sheet = self._sheet()
        next(sheet)
        for line, cells in sheet:
            self._given += 1
            if self._given > skip:
                yield self._row(line, cells)

    def progress(self) -> float:
        """See `Source.progress`."""
        return min(1.0, self._given / self.row_count) if self.row_count else 1.0

    def close(self) -> None:
        """See `Source.close`."""
        if self._book is not None:
            self._book.close()
            self._book = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _row(self, line: int, cells: tuple[Any, ...]) -> Row | BadRow:
        width = len(self._header)
        padded = cells + (None,) * (width - len(cells))
        row = {name: _cell(cell) for name, cell in zip(self._header, padded, strict=False) if name not in self._ignored}
        if any(cell is not None for cell in cells[width:]):
            return BadRow(Row(line, row), f"the row has {len(cells)} cells, the header has {width}")
        for name, cell in row.items():
            if type(cell) is str and len(cell) > MAX_FIELD_CHARS:
                return BadRow(Row(line, {**row, name: None}), f"longer than {MAX_FIELD_CHARS:,} characters", name)
        return Row(line, row)

    def _sheet(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The rows that are not empty, with their numbers."""
        try:
            # Given a path, openpyxl goes by its ending.
            self._file = self._path.open("rb")
            self._book = load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
            sheet = self._book.worksheets[0]
            # Some programs write a wrong size of the sheet; without it the rows are as long as they are.
            sheet.reset_dimensions()
            for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                if line > _MAX_ROWS:
                    raise InvalidInput(
                        f"{self._path.name} has rows beyond number {_MAX_ROWS:,}, the last that XLSX has."
                    )
                if any(cell is not None and cell != "" for cell in cells):
                    yield line, cells
        except (*_BROKEN, SyntaxError, TypeError, IndexError) as error:
            raise InvalidInput(self._damaged(type(error).__name__)) from error

    def _check_archive(self) -> int:
        """Unpack everything once, so that damage and bombs show before the first row; the rows of all sheets."""
        try:
            with zipfile.ZipFile(self._path) as archive:
                self._check_sizes(archive.infolist())
                return sum(self._check_member(archive, name) for name in archive.namelist())
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise InvalidInput(self._damaged(type(error).__name__)) from None

    def _check_sizes(self, members: list[zipfile.ZipInfo]) -> None:
        sizes = {member.filename: member.file_size for member in members}
        if "xl/workbook.xml" not in sizes:
            raise InvalidInput(
                f"{self._path.name} is a ZIP archive but no workbook: unpack it and import what is inside."
            )
        if sum(sizes.values()) > MAX_UNPACKED_BYTES or sizes.get(_SHARED, 0) > MAX_SHARED_BYTES:
            raise InvalidInput(f"{self._path.name} is too large when unpacked: save it as CSV and import that.")

    def _check_member(self, archive: zipfile.ZipFile, name: str) -> int:
        is_sheet = name.startswith("xl/worksheets/") and name.endswith(".xml")
        rows = 0
        with archive.open(name) as file:
            for chunk in _chunks(file):
                if is_sheet:
                    rows += chunk.count(b"<row ") + chunk.count(b"<row>")
                if is_sheet or name == _SHARED:
                    self._refuse_enormous(chunk)
        return rows

    def _refuse_enormous(self, chunk: bytes) -> None:
        for start in range(0, len(chunk) - _WINDOW + 1, _WINDOW):
            if chunk.find(b"<", start, start + _WINDOW) < 0:
                raise InvalidInput(f"{self._path.name} has a cell of more than {MAX_FIELD_CHARS:,} characters.")

    def _damaged(self, what: str) -> str:
        return (
            f"{self._path.name} cannot be read as a workbook ({what}): it is cut off, damaged or protected by a "
            "password. Open it in a spreadsheet, save it again, or export it as CSV."
        )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _cell(cell: Any) -> Any:
    # A spreadsheet keeps 15 digits of a number: as an integer, the invented rest would look real.
    return float(cell) if type(cell) is int and abs(cell) >= _DOUBLE_EXACT else cell
