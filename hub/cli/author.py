"""Who runs a command: kept with what they do."""

from __future__ import annotations

import getpass
from typing import Annotated, TypeAlias

import typer

Author: TypeAlias = Annotated[str, typer.Option(help="Who; the user of this computer unless given.", metavar="NAME")]
FormerAuthor: TypeAlias = Annotated[str, typer.Option("--by", hidden=True)]
"""What some commands called the author before all called it the same."""


def name_author(author: str) -> str:
    """The author that was given by the option, or the user who runs the command."""
    if author:
        return author
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise typer.BadParameter("say who: this computer has no name for its user", param_hint="--author") from None
