"""What the commands of a steward share: who acts, JSON for machines, and a preview as tables."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, Final, TypeAlias

import typer
from rich.console import Console
from rich.table import Column, Table

from hub.services.preview import CaseChange, Preview

Reason: TypeAlias = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
Author: TypeAlias = Annotated[str, typer.Option(help="Who decides; the user of this computer unless given.")]
AskPreview: TypeAlias = Annotated[
    bool, typer.Option("--preview", help="Print the consequences and a token; write nothing.")
]
Token: TypeAlias = Annotated[str, typer.Option(help="A preview's token: refuse if anything has changed since.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN: Final = 5
# A table is cut at the console's width whatever its wrapping; terminals wrap long lines themselves.
_WIDTH: Final = 65_536


def name_author(author: str) -> str:
    """The author that was given, or the user who runs the command."""
    if author:
        return author
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise typer.BadParameter("say who decides: this computer does not know", param_hint="--author") from None


def print_json(value: object) -> None:
    """A result of the services as JSON: objects for dataclasses and named tuples."""
    typer.echo(json.dumps(to_plain(value), ensure_ascii=False, indent=2))


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
    Console(highlight=False, soft_wrap=True, markup=False, width=_WIDTH).print(what)


def print_preview(preview: Preview) -> None:
    """The consequences as tables, and the token."""
    if preview.repeats:
        print_plain(f"This was decided already: {', '.join(preview.repeats)}.")
    if not preview.settled:
        print_plain("The component is too large to be decided on at once: the worker (hub work) would do it.")
    _print_table("Record", "From person", "To person", rows=preview.moves, title="Records that move")
    _print_table(
        "Person",
        "Records before",
        "Records after",
        rows=((one.id, _few(one.before), _few(one.after)) for one in preview.persons),
        title="Persons",
    )
    _print_table("Id", "Answered by", "Then by", rows=preview.ids, title="Ids")
    _print_table("Person", "Field", "Before", "After", rows=preview.fields, title="Golden records")
    _print_table("Case", "Kind", "About", "Sides", rows=map(_case, preview.opened), title="Cases that open")
    _print_table("Case", "Kind", "About", "Sides", rows=map(_case, preview.closed), title="Cases that close")
    if preview.settled and not (preview.moves or preview.fields or preview.opened or preview.closed):
        print_plain("Nobody changes.")
    print_plain(f"Token: {preview.token}")


def _print_table(*headings: str, rows: Iterable[Iterable[str | None]], title: str) -> None:
    listed = list(rows)
    if listed:
        print_plain(make_table(*headings, rows=listed, title=f"{title} ({len(listed):,})"))


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
        table.add_row(*("-" if cell is None else cell for cell in row))
    return table


def _case(case: CaseChange) -> tuple[str | None, ...]:
    return case.id or "(new)", case.kind, case.type or None, " / ".join(map(_few, case.sides)) or None


def _few(records: tuple[str, ...]) -> str:
    shown = ", ".join(records[:_SHOWN])
    return f"{shown} and {len(records) - _SHOWN:,} more" if len(records) > _SHOWN else shown or "-"
