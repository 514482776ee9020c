"""What commands that explain have in common: languages, and structured data as JSON."""

from __future__ import annotations

import dataclasses
import json
from enum import StrEnum
from typing import Any

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

# A tree is cut at the console's width whatever its wrapping; terminals wrap long lines themselves.
_WIDTH = 65_536


class Language(StrEnum):
    """The languages of sentences."""

    EN = "en"
    ZH = "zh"


def print_json(value: Any) -> None:
    """A dataclass, or a list of them, by the names of its fields; instants are epoch milliseconds (`_ms`)."""
    plain = [dataclasses.asdict(one) for one in value] if isinstance(value, list) else dataclasses.asdict(value)
    typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))


def print_tree(tree: Tree) -> None:
    """The tree on standard output, in whole lines."""
    Console(highlight=False, width=_WIDTH).print(tree)


def plain(words: str, style: str = "") -> Text:
    """Text that is never read as markup."""
    return Text(words, style)
