"""`hub work`: the worker process."""

from __future__ import annotations

import logging
from typing import Annotated

import anyio
import typer

from hub.core.settings import load_settings
from workers.main import is_healthy, run_worker


def work(
    check: Annotated[bool, typer.Option("--check", help="Only ask whether a worker is alive; exit 1 if not.")] = False,
) -> None:
    """Run background work until Ctrl-C or SIGTERM."""
    settings = load_settings()
    if not check:
        anyio.run(run_worker, settings)
        return
    logging.getLogger("arq").setLevel(logging.ERROR)  # it would say the same in its own words
    healthy = anyio.run(is_healthy, settings)
    typer.echo("A worker is alive." if healthy else "No worker has reported lately.")
    raise typer.Exit(0 if healthy else 1)
