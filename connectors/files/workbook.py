"""XLSX: the first sheet of a workbook.

What is not well-formed is found before the first row. A cell that is damaged in itself is `Unreadable`, and no more.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final
from xml.parsers import expat

from openpyxl import load_workbook
from openpyxl.packaging.manifest import Manifest
from openpyxl.utils import coordinate_to_tuple
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml.constants import ARC_CONTENT_TYPES, SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

from connectors.files.headers import check_headers, refuse_reject_columns
from connectors.files.rows import MAX_FIELD_CHARS, REJECT_COLUMNS, BadRow, Format, Row, Unreadable
from connectors.files.values import show_cell
from hub.core.errors import InvalidInput

MAX_UNPACKED_BYTES: Final = 4 * 1024**3
# The texts that cells share are held in memory as a whole, so that they are bounded on their own.
MAX_SHARED_BYTES: Final = 512 * 1024**2
MAX_SHARED_TEXTS: Final = 2_000_000
# Everything else but the sheets: styles, the theme, pictures. openpyxl reads most of it as a whole too.
MAX_PART_BYTES: Final = 16 * 1024**2
_MAX_ROWS: Final = 1_048_576
_SHEETS: Final = "xl/worksheets/"
_CHUNK: Final = 1024 * 1024
# Between two tags there is at most one cell's text. Three bytes a character, and a run of twice the window covers one.
_WINDOW: Final = MAX_FIELD_CHARS * 3 // 2
_DOUBLE_EXACT: Final = 10**15
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, expat.ExpatError)
_UNREADABLE: Final = (
    *(*_BROKEN, LookupError, ValueError, TypeError, AttributeError, OverflowError),
    *(OSError, SyntaxError, InvalidFileException),
)


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
        for name, cell in row.items():
            if isinstance(cell, str) and len(cell) > MAX_FIELD_CHARS:
                # One cell short, the text stays wrong until somebody puts a shorter one in its place.
                text = _as_text([other for key, other in row.items() if key != name])
                reason = f"longer than {MAX_FIELD_CHARS:,} characters: _text has the row without this cell"
                return BadRow(Row(line, {}, text), reason, name)
        if any(cell is not None for cell in cells[width:]):
            return BadRow(Row(line, {}, _as_text(cells)), f"the row has {len(cells)} cells, the header has {width}")
        if line > _MAX_ROWS:
            return BadRow(Row(line, row), f"beyond row {_MAX_ROWS:,}, the last that a sheet has")
        return Row(line, row)

    def _sheet(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The rows that are not empty, with their numbers."""
        try:
            # Given a path, openpyxl goes by its ending.
            self._file = self._path.open("rb")
            self._book = load_workbook(self._file, read_only=True, data_only=True, keep_links=False)
            for line, cells in _parse_sheet(self._book):
                if any(cell is not None and cell != "" for cell in cells):
                    yield line, cells
        except _UNREADABLE as error:
            raise InvalidInput(self._damaged(type(error).__name__)) from error

    def _check_archive(self) -> int:
        """Unpack everything once, so that damage and bombs show before the first row; the rows of all sheets."""
        try:
            with zipfile.ZipFile(self._path) as archive:
                shared = self._check_sizes(archive)
                return sum(self._check_member(archive, name, shared) for name in archive.namelist())
        except _UNREADABLE as error:
            raise InvalidInput(self._damaged(type(error).__name__)) from None

    def _check_sizes(self, archive: zipfile.ZipFile) -> str:
        """The name of the part with the shared texts, empty if there is none."""
        sizes = {member.filename: member.file_size for member in archive.infolist()}
        if "xl/workbook.xml" not in sizes:
            raise InvalidInput(
                f"{self._path.name} is a ZIP archive but no workbook: unpack it and import what is inside."
            )
        if sum(sizes.values()) > MAX_UNPACKED_BYTES or sizes.get(ARC_CONTENT_TYPES, 0) > MAX_PART_BYTES:
            raise self._too_large()
        contents: Any = fromstring(archive.read(ARC_CONTENT_TYPES))
        types: Any = Manifest.from_tree(contents)
        found = types.find(SHARED_STRINGS)
        shared = found.PartName.removeprefix("/") if found is not None else ""
        for name, size in sizes.items():
            is_sheet = name.startswith(_SHEETS) and name != shared
            if not is_sheet and size > (MAX_SHARED_BYTES if name == shared else MAX_PART_BYTES):
                raise self._too_large()
        return shared

    def _check_member(self, archive: zipfile.ZipFile, name: str, shared: str) -> int:
        is_sheet = name.startswith(_SHEETS) and name.endswith(".xml")
        check = self._well_formed(counted=name == shared) if is_sheet or name == shared else None
        rows = 0
        with archive.open(name) as file:
            for chunk in _chunks(file):
                if is_sheet:
                    rows += chunk.count(b"<row ") + chunk.count(b"<row>")
                if check is not None:
                    self._refuse_enormous(chunk)
                    check.Parse(chunk)
        if check is not None:
            check.Parse(b"", True)
        return rows

    def _well_formed(self, *, counted: bool) -> expat.XMLParserType:
        """A parser that raises for what is not well-formed, declares entities, or has too many shared texts."""
        parser, texts = expat.ParserCreate(), 0

        def count(name: str, _: Any) -> None:
            nonlocal texts
            texts += name.endswith("si")
            if texts > MAX_SHARED_TEXTS:
                raise self._too_large()

        def refuse(*_: Any) -> None:
            raise InvalidInput(self._damaged("DOCTYPE"))

        parser.StartDoctypeDeclHandler = refuse
        if counted:
            parser.StartElementHandler = count
        return parser

    def _refuse_enormous(self, chunk: bytes) -> None:
        for start in range(0, len(chunk) - _WINDOW + 1, _WINDOW):
            if chunk.find(b"<", start, start + _WINDOW) < 0:
                raise InvalidInput(f"{self._path.name} has a cell of more than {MAX_FIELD_CHARS:,} characters.")

    def _too_large(self) -> InvalidInput:
        return InvalidInput(f"{self._path.name} is too large when unpacked: save it as CSV and import that.")

    def _damaged(self, what: str) -> str:
        return (
            f"{self._path.name} cannot be read as a workbook ({what}): it is cut off, damaged or protected by a "
            "password. Open it in a spreadsheet, save it again, or export it as CSV."
        )


class _CellParser(WorkSheetParser):
    """openpyxl's parser, which one damaged cell does not stop."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        try:
            return super().parse_cell(element)
        except _UNREADABLE:
            if "r" not in element.attrib:
                raise
            row, column = coordinate_to_tuple(element.get("r"))
            text = element.findtext(f"{{{SHEET_MAIN_NS}}}v") or ""
            return {"row": row, "column": column, "value": Unreadable(text), "data_type": "e", "style_id": 0}


def _parse_sheet(book: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of the first sheet, each with its number, as long as they are."""
    sheet = book.worksheets[0]
    with sheet._get_source() as file:
        parser = _CellParser(
            file,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for line, cells in parser.parse():
            yield line, sheet._get_row(cells, values_only=True)


def _as_text(cells: Iterable[Any]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="").writerow(["" if cell is None else show_cell(cell) for cell in cells])
    return buffer.getvalue()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _cell(cell: Any) -> Any:
    # A spreadsheet keeps 15 digits of a number: as an integer, the invented rest would look real.
    return float(cell) if type(cell) is int and abs(cell) >= _DOUBLE_EXACT else cell
