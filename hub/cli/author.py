"""Who runs a command: kept with what they do."""

from __future__ import annotations

import getpass

import typer


def name_author(author: str | None, *, option: str = "--author") -> str:
    """The author that was given by the option, or the user who runs the command."""
    if author:
        return author
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise typer.BadParameter("say who: this computer has no name for its user", param_hint=option) from None
