"""Opening a file: its format is recognised by its content, whatever its name says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from connectors.files.columnar import ColumnarSource
from connectors.files.delimited import DelimitedSource
from connectors.files.json_lines import JsonLinesSource
from connectors.files.paths import check_regular, reading
from connectors.files.rows import Source
from connectors.files.texts import scan_text
from connectors.files.workbook import WorkbookSource
from hub.core.errors import InvalidInput

_ZIP: Final = b"PK\x03\x04"
_PARQUET: Final = b"PAR1"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"


def open_source(path: Path) -> Source:
    """Open a CSV, JSON Lines (both perhaps gzipped), XLSX or Parquet file and check it as a whole.

    The check reads the file once, or twice; what it refuses has not handed out a row. A file with a header and no
    rows is fine and gives none.

    Raises:
        InvalidInput: not readable, empty, binary, cut off, in an unknown encoding, with a repeated column, with a
            field beyond `MAX_FIELD_CHARS` or a row beyond `MAX_ROW_CHARS`.
    """
    with reading(path):
        return _open(path, _read_head(path))


def _open(path: Path, head: bytes) -> Source:
    if head.startswith(_ZIP):
        return WorkbookSource(path)
    if head.startswith(_PARQUET):
        return ColumnarSource(path)
    if head.startswith(_OLD_EXCEL):
        raise InvalidInput(
            f"{path.name} is a workbook in Excel's old format or protected by a password: save it as a plain .xlsx."
        )
    scan = scan_text(path)
    if scan.head.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return JsonLinesSource(path, scan)
    return DelimitedSource(path, scan)


def _read_head(path: Path) -> bytes:
    check_regular(path)
    with path.open("rb") as file:
        head = file.read(16)
    if not head:
        raise InvalidInput(f"{path.name} is empty: it has no bytes.")
    return head
