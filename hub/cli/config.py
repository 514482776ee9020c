"""`hub config`: the effective settings, and where each came from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.core.settings import SettingShown, show_settings


def config(
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON array, for programs.")] = False,
) -> None:
    """Show every setting, its value and where it came from. Secrets are masked."""
    settings = show_settings()
    if as_json:
        typer.echo(json.dumps([asdict(setting) for setting in settings], ensure_ascii=False, indent=2))
    else:
        Console(highlight=False).print(_tabulate(settings))


def _tabulate(settings: list[SettingShown]) -> Table:
    table = Table("Variable", "Value", "From", "What it is", box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    for setting in settings:
        style = "dim" if setting.origin == "default" else ""
        cells = (setting.variable, setting.value, setting.origin, setting.description)
        table.add_row(*(Text(cell, overflow="fold") for cell in cells), style=style)
    return table
