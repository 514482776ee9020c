"""`hub serve`: the API process."""

from __future__ import annotations

import sys
from typing import Annotated

import structlog
import typer

from hub.core.settings import load_settings
from hub.http.server import run_server


def serve(
    to_everyone: Annotated[
        bool, typer.Option("--open", help="Listen on an address that other machines can reach, without access control.")
    ] = False,
) -> None:
    """Serve the GraphQL API until Ctrl-C or SIGTERM."""
    run_server(load_settings(), to_everyone=to_everyone, notify=_tell)


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        typer.echo(words, err=True)
    else:
        # Whatever collects the log reads lines of one form.
        structlog.get_logger("hub.http").info(words)
