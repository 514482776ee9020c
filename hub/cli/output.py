"""How commands print: languages, JSON for programs, text, tables and trees in whole lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text
from rich.tree import Tree

from hub.core.redaction_shapes import escape_controls, replace_controls

# What is printed is cut at the console's width whatever its wrapping; terminals wrap long lines themselves.
_WIDTH: Final = 65_536


class Language(StrEnum):
    """The languages of sentences."""

    EN = "en"
    ZH = "zh"


def print_json(value: object) -> None:
    """A result of the services as JSON: objects for dataclasses and named tuples, instants in epoch ms (`_ms`)."""
    typer.echo(escape_controls(json.dumps(to_plain(value), ensure_ascii=False, indent=2)))


def to_plain(value: Any) -> Any:
    """Dictionaries and lists instead of dataclasses and tuples."""
    if is_dataclass(value):
        return {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return to_plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(key): to_plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(one) for one in value]
    return sorted(value) if isinstance(value, (set, frozenset)) else value


def print_plain(what: Table | str) -> None:
    """Print in whole lines and without markup: ids and keys are there to be copied."""
    shown = replace_controls(what) if isinstance(what, str) else what
    Console(highlight=False, soft_wrap=True, markup=False, width=_WIDTH).print(shown)


def print_list(*headings: str, rows: Iterable[Iterable[str | None]], nothing: str) -> None:
    """Rows as a table; headings over nothing read as if something were missing, so then the sentence `nothing`."""
    listed = list(rows)
    print_plain(make_table(*headings, rows=listed) if listed else nothing)


def print_tree(tree: Tree) -> None:
    """The tree on standard output, in whole lines."""
    Console(highlight=False, width=_WIDTH).print(tree)


def plain(words: str, style: str = "") -> Text:
    """Text that is never read as markup, nor by the terminal as anything but text."""
    return Text(replace_controls(words), style)


def make_table(*headings: str, rows: Iterable[Iterable[str | None]], title: str | None = None) -> Table:
    """A table in whole lines, so that what it names can be copied; None is shown as a dash."""
    table = Table(
        *(Column(heading, no_wrap=True, overflow="ignore") for heading in headings),
        title=title,
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    for row in rows:
        table.add_row(*("-" if cell is None else replace_controls(cell) for cell in row))
    return table
