"""`hub serve`: the API process."""

from __future__ import annotations

import sys

import structlog
import typer

from hub.core.settings import load_settings
from hub.http.server import run_server


def serve() -> None:
    """Serve the GraphQL API until Ctrl-C or SIGTERM."""
    run_server(load_settings(), notify=_tell)


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        typer.echo(words, err=True)
    else:
        # Whatever collects the log reads lines of one form.
        structlog.get_logger("hub.http").info(words)
