"""What every format is read into, and the limits that keep the memory bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Protocol

from hub.core.errors import InvalidInput

MAX_FIELD_CHARS: Final = 64 * 1024
MAX_ROW_CHARS: Final = 1024 * 1024
MAX_DEPTH: Final = 64
REJECT_COLUMNS: Final = ("_line", "_column", "_value", "_reason", "_text")
REJECT_KEY: Final = "_reject"
TEXT_KEY: Final = "_text"

Format = Literal["csv", "jsonl", "xlsx", "parquet"]
Cells = dict[str, Any]


class Row(NamedTuple):
    """One row of a file. A tuple, because a frozen dataclass takes twice as long to make, and there are millions.

    Attributes:
        line: 1-based; the first physical line of a CSV row, the row of a sheet, the ordinal in a Parquet file.
        cells: by column, as the format types them (a CSV has only texts); an object of JSON Lines as it is.
        text: the source's own text where cells do not hold all of it: `cells` is empty where it could not be split.
    """

    line: int
    cells: Cells
    text: str | None = None


class Unreadable(str):
    """A cell whose value is damaged, or beyond what Python holds, as text: only whoever reads the cell is told.

    It has no hash, so that no table of known texts takes it for an ordinary one.
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be split into cells, or that breaks a limit; `column` and `value` may be empty."""

    row: Row
    reason: str
    column: str = ""
    value: str = ""


class BadCell(InvalidInput):
    """A cell that does not say what its column should; the message never repeats the value.

    Attributes:
        column: the cell's column, once a caller that knows it has caught the error; a reader of values leaves it empty.
        value: the cell's text as far as a person needs it to recognise the cell.
    """

    column: str = ""
    value: str = ""


class Source(Protocol):
    """A file that was checked as a whole when it was opened.

    Attributes:
        format: recognised by content, not by the file's name.
        encoding: of a text format; None for the others.
        columns: flat formats: all of them in order; nested ones: dotted paths, `items[].sku` inside of a list.
        sparse: whether a row may lack columns (JSON Lines), so that `columns` is only what was seen.
        nested: whether cells may hold objects and lists.
        digest: SHA-256 of the file's bytes, hexadecimal.
        row_count: how many rows `rows()` gives; a good estimate where an exact count would cost another pass.
    """

    format: Format
    encoding: str | None
    columns: tuple[str, ...]
    sparse: bool
    nested: bool
    digest: str
    size_bytes: int
    row_count: int

    def rows(self, skip: int = 0) -> Iterator[Row | BadRow]:
        """All rows after the first `skip`, good and bad ones counted alike; blank lines are no rows."""
        ...

    def progress(self) -> float:
        """The share of the rows that the running iterator has given, 0 to 1."""
        ...

    def close(self) -> None:
        """Give the file back."""
        ...
