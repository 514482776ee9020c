"""A named Cypher statement: the name reaches transaction metadata, metrics and tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, LiteralString


@dataclass(frozen=True, slots=True)
class Statement:
    """Cypher beside the function that runs it, as a module-level constant.

    Attributes:
        name: dotted, unique: `persons.find_by_identifiers`.
        access: whether it may run on a replica.
        text: the Cypher; values are parameters, never parts of the text.
    """

    name: str
    access: Literal["read", "write"]
    text: LiteralString
