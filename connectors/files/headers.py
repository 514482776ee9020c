"""The names of columns: checked once a file, explained when one that is needed is not there."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from connectors.files.rows import REJECT_COLUMNS, Source
from hub.core.errors import InvalidInput

MAX_COLUMNS: Final = 2000
HEADER_HINT: Final = " Is the header in the first line? A title above it has to go."
_LISTED: Final = 40


def check_headers(header: Sequence[Any], path: Path) -> tuple[str, ...]:
    """The trimmed names of a header row; a column without one is `column 3`.

    Raises:
        InvalidInput: a name occurs twice, or there are too many.
    """
    if len(header) > MAX_COLUMNS:
        raise InvalidInput(f"{path.name} has {len(header):,} columns: {MAX_COLUMNS:,} are the most that are read.")
    names = [str(cell).strip() if cell is not None else "" for cell in header]
    while names and not names[-1]:
        names.pop()
    seen: dict[str, int] = {}
    for position, name in enumerate(names, 1):
        if name and name in seen:
            raise InvalidInput(
                f"{path.name}: the column {name} occurs twice, as number {seen[name]} and as number {position}. "
                "Rename one of them."
            )
        seen[name] = position
    return tuple(name or f"column {position}" for position, name in enumerate(names, 1))


def refuse_reject_columns(columns: Sequence[str], path: Path) -> None:
    """Raise InvalidInput for a column that a rejects file of this source would have twice."""
    for name in columns:
        if name in REJECT_COLUMNS:
            raise InvalidInput(f"{path.name}: {name} is a column that rejects files add: rename the one in this file.")


def require_columns(source: Source, needed: Sequence[str]) -> None:
    """Raise InvalidInput that names the first of the needed columns that the source has not, and what is there."""
    if source.sparse and not source.columns:
        # Nothing that was looked at could be read: the rows are rejected one by one, each with its own reason.
        return
    for name in needed:
        if name not in source.columns:
            near = difflib.get_close_matches(name, source.columns, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            found = ", ".join(source.columns[:_LISTED]) + (" ..." if len(source.columns) > _LISTED else "")
            title = "" if set(needed).intersection(source.columns) else HEADER_HINT
            raise InvalidInput(
                f"The file has no column {name}, which the mapping names.{hint} Its columns: {found}.{title}"
            )
