"""The migrations that this version of the code ships."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from graph.statement import Statement
from hub.core.errors import InvariantBroken

_FILE: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.cypher")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered change; `checksum` is over the file's text, so that an edit after the fact is noticed."""

    number: int
    name: str
    checksum: str
    statements: tuple[Statement, ...]


@cache
def shipped() -> tuple[Migration, ...]:
    """All migrations in order; raises InvariantBroken where numbers are missing or doubled."""
    found: list[Migration] = []
    for entry in resources.files("graph.migrations").iterdir():
        if match := _FILE.fullmatch(entry.name):
            found.append(_parse(int(match[1]), match[2], entry.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.number)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise InvariantBroken("The shipped migrations are not numbered 1, 2, 3 and so on.")
    return tuple(found)


def _parse(number: int, name: str, text: str) -> Migration:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    statements = tuple(
        # A file of ours that ships with the code is as literal as code is.
        Statement(f"migrations.{number:04d}.{position}", "write", part)  # pyright: ignore[reportArgumentType]
        for position, part in enumerate(parts, 1)
    )
    return Migration(number, name, hashlib.sha256(text.encode()).hexdigest()[:16], statements)
