"""Cells to the fields of a profile: most are free text, some have a form of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from connectors.files.rows import BadCell
from connectors.files.times import read_day
from connectors.files.values import BLANKS, read_text, show_cell

MAX_CHILDREN: Final = 20
MAX_ROLE_CHARS: Final = 20

_BETWEEN_DAYS: Final = re.compile(r"[;；]")


def read_role(cell: Any) -> str | None:
    """A member's role in a household (父, mother, child): free text of at most 20 characters."""
    text = read_text(cell)
    if text is not None and len(text) > MAX_ROLE_CHARS:
        raise BadCell(f"a role in a household has at most {MAX_ROLE_CHARS} characters")
    return text


def read_birthdays(cell: Any, latest: date = date.max) -> str | None:
    """Birthdays of children: dates separated by `;`, as ISO dates in their order; twins stay two."""
    if isinstance(cell, date):
        return read_day(cell, latest)
    found: list[str] = []
    for place, part in enumerate(_BETWEEN_DAYS.split(show_cell(cell)), start=1):
        try:
            day = None if part.strip() in BLANKS else read_day(part, latest)
        except BadCell as error:
            raise BadCell(f"date {place} of the list: {error.safe_message}; separate dates by ;") from None
        if day is not None:
            found.append(day)
    if len(found) > MAX_CHILDREN:
        raise BadCell(f"more than {MAX_CHILDREN} children")
    return ";".join(sorted(found)) or None


PROFILE_READERS: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "birthday": read_day,
    "household_role": read_role,
    "children_birthdays": read_birthdays,
}
"""Readers of the fields that are not just any text."""
_BOUNDED: Final[Mapping[str, Callable[[Any, date], str | None]]] = {
    "birthday": read_day,
    "children_birthdays": read_birthdays,
}


def compile_profile(name: str, latest: date) -> Callable[[Any], str | None]:
    """A reader of a field of the profile, in which no day is later than `latest`."""
    if (read := _BOUNDED.get(name)) is not None:
        return lambda cell: read(cell, latest)
    return PROFILE_READERS.get(name, read_text)
