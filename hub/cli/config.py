"""`hub config`: the effective settings, and where each came from."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
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
        console = Console(highlight=False, soft_wrap=True)
        width = max(len(setting.variable) for setting in settings)
        for setting in settings:
            console.print(_line(setting, width))


def _line(setting: SettingShown, width: int) -> Text:
    """One line, in columns as far as the values are short: a path must not push every other line apart."""
    words = f"{setting.variable:<{width}} {setting.value:<22} {setting.origin:<12} {setting.description}"
    return Text(words, style="dim" if setting.origin == "default" else "")
