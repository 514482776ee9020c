"""Differences between two documents, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `key` is the place in the document; None: absent there. A set has what it lost and gained."""

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.key}: added {self.after}"
        if self.after is None:
            return f"{self.key}: removed {self.before}"
        return f"{self.key}: {self.before} -> {self.after}"


def show_value(value: Any) -> str:
    """A value as a document has it, on one line; of a table only the keys that say something."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case tuple():
            return f"[{', '.join(map(show_value, value))}]"
        case Mapping():
            said = (f"{key}: {show_value(one)}" for key, one in value.items() if one not in (None, ""))
            return f"{{{', '.join(said)}}}"
    return str(value)


def diff_tables(old: Mapping[str, Any], new: Mapping[str, Any], at: str = "") -> Iterator[Change]:
    """What is different between tables of one form, key by key."""
    for key in sorted(old.keys() | new.keys()):
        place, before, after = f"{at}{key}", old.get(key), new.get(key)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from diff_tables(before, after, f"{place}.")
        elif before != after:
            yield Change(
                place,
                show_value(before) if key in old else None,
                show_value(after) if key in new else None,
            )
