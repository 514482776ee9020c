"""JSON Lines: one object a line, nested as the source likes."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import orjson

from connectors.files.headers import MAX_COLUMNS
from connectors.files.rows import (
    MAX_DEPTH,
    MAX_FIELD_CHARS,
    MAX_ROW_CHARS,
    REJECT_KEY,
    TEXT_KEY,
    BadRow,
    Format,
    Row,
)
from connectors.files.texts import TextScan, open_text
from hub.core.errors import InvalidInput

_SAMPLED_ROWS: Final = 1000
_MAX_PATH_DEPTH: Final = 6
# Integers that may need more than 64 bits, and decimals that may have more digits than a double.
_INEXACT: Final = re.compile(r"[:\[,]\s*(?:-\d{19}|\d{20}|-?(?=[\d.]{20})\d+\.)")


class JsonLinesSource:
    """A file of JSON Lines; see `Source`. `columns` are the paths that the first thousand rows have."""

    format: Format = "jsonl"
    sparse = True
    nested = True

    def __init__(self, path: Path, scan: TextScan) -> None:
        self._path = path
        self.encoding: str | None = scan.encoding
        self.digest = scan.digest
        self.size_bytes = path.stat().st_size
        self.row_count = scan.line_count
        self._given = 0
        self._file: io.TextIOWrapper | None = None
        self._refuse_other_json(scan)
        if scan.long_lines:
            self._refuse_enormous()
        self.columns = self._sample_columns()

    def rows(self, skip: int = 0) -> Iterator[Row | BadRow]:
        """See `Source.rows`."""
        self.close()
        self._file = open_text(self._path, self.encoding or "utf-8")
        self._given = 0
        for line, text in enumerate(self._file, 1):
            text = text.strip("\r\n\t ")
            if not text:
                continue
            self._given += 1
            if self._given > skip:
                yield _parse(line, text)

    def progress(self) -> float:
        """See `Source.progress`."""
        return min(1.0, self._given / self.row_count) if self.row_count else 1.0

    def close(self) -> None:
        """See `Source.close`."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _refuse_other_json(self, scan: TextScan) -> None:
        first = scan.head.lstrip().partition("\n")[0].strip()
        if first.startswith("[") or first == "{":
            raise InvalidInput(
                f"{self._path.name} is JSON, but not one object a line: write it as JSON Lines (`jq -c` does it)."
            )
        if scan.tail.strip() and isinstance(_parse(scan.line_count, scan.tail.strip()), BadRow):
            raise InvalidInput(
                f"{self._path.name} ends in the middle of line {scan.line_count:,}: it seems to be cut off. "
                "Copy or export it again."
            )

    def _refuse_enormous(self) -> None:
        with open_text(self._path, self.encoding or "utf-8") as file:
            for line, text in enumerate(file, 1):
                if len(text) > MAX_ROW_CHARS:
                    raise InvalidInput(f"{self._path.name}, line {line}: longer than {MAX_ROW_CHARS:,} characters.")
                if len(text) > MAX_FIELD_CHARS:
                    found = _parse(line, text)
                    longest = _longest(found.cells) if isinstance(found, Row) else 0
                    if longest > MAX_FIELD_CHARS:
                        raise InvalidInput(
                            f"{self._path.name}, line {line}: a value is longer than {MAX_FIELD_CHARS:,} characters."
                        )

    def _sample_columns(self) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for row in islice(self.rows(), _SAMPLED_ROWS):
            if isinstance(row, Row):
                found.update(dict.fromkeys(list_paths(row.cells)))
            if len(found) > MAX_COLUMNS:
                raise InvalidInput(f"{self._path.name} has more than {MAX_COLUMNS:,} different keys.")
        self.close()
        self._given = 0
        return tuple(found)


def list_paths(cells: Any, prefix: str = "", depth: int = 0) -> Iterator[str]:
    """The dotted paths in an object: `buyer`, `buyer.phone`, `items`, `items[].sku`."""
    for key, value in cells.items():
        path = f"{prefix}{key}"
        yield path
        if depth < _MAX_PATH_DEPTH and isinstance(value, dict):
            yield from list_paths(value, f"{path}.", depth + 1)
        elif depth < _MAX_PATH_DEPTH and isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    yield from list_paths(item, f"{path}[].", depth + 1)


def _parse(line: int, text: str) -> Row | BadRow:
    try:
        cells = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return BadRow(Row(line, {}, text), f"not JSON: {error.msg}, at character {error.colno}")
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_deep(cells):
        return BadRow(Row(line, {}, text), f"nested more than {MAX_DEPTH} deep")
    if not isinstance(cells, dict):
        return BadRow(Row(line, {}, text), "not an object: each line is one {...}")
    # orjson makes doubles of such numbers; the text keeps what even exact integers would lose.
    inexact = _INEXACT.search(text) is not None
    if inexact:
        cells = json.loads(text)
    if REJECT_KEY in cells:
        # A line of a rejects file: what was wrong with it then says nothing of it now.
        del cells[REJECT_KEY]
        if list(cells) == [TEXT_KEY]:
            return _parse(line, str(cells[TEXT_KEY]))
    return Row(line, cells, text if inexact else None)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for one in level
            for item in (one.values() if isinstance(one, dict) else one)
            if isinstance(item, (dict, list))
        ]
    return bool(level)


def _longest(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max(map(_longest, items), default=0)
