"""`hub migrate`: bring the graph up to the code's schema."""

from __future__ import annotations

from typing import Annotated

import anyio
import typer

from graph.database import Graph
from graph.migrations import fetch_pending
from graph.migrations import migrate as apply_migrations
from hub.core.settings import Settings, load_settings


def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only tell; exit 1 if something is missing.")] = False,
) -> None:
    """Apply the migrations that the graph lacks. Safe to repeat, and safe to run from several machines at once."""
    raise typer.Exit(anyio.run(_run, load_settings(), check))


async def _run(settings: Settings, check: bool) -> int:
    async with Graph.open(settings) as graph:
        found = await fetch_pending(graph) if check else await apply_migrations(graph)
    for migration in found:
        typer.echo(f"{'missing' if check else 'applied'}: {migration.number:04d} {migration.name}")
    if not found:
        typer.echo("The graph has every migration.")
    return 1 if check and found else 0
