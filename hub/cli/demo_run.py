"""`hub demo load` and `hub demo run`: demo data into a hub, and a whole hub around it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import anyio
import typer
from rich.console import Console

from graph.counts import fetch_counts
from graph.database import Graph
from hub.cli.bars import show_bars
from hub.cli.demo import DEFAULT_PERSONS, DEFAULT_SEED, write_exports
from hub.cli.exit_codes import EXIT_REJECTED
from hub.cli.import_report import print_table
from hub.cli.output import print_plain
from hub.cli.runtime import open_runtime
from hub.cli.up import refuse_elsewhere
from hub.core.settings import Settings, load_settings
from hub.demo.load import load as load_exports
from hub.demo.manifest import MAX_PERSONS, Manifest, read_manifest
from hub.embedded.stack import SERVICES, Stack
from hub.http.hosts import is_loopback
from hub.services.identity import Identity
from hub.services.import_file import ImportSummary


def load(
    folder: Annotated[Path, typer.Argument(help="What `hub demo data --out` wrote.", metavar="DIR", file_okay=False)],
    bulk: Annotated[bool, typer.Option("--bulk", help="Resolve all customers in memory first.")] = False,
) -> None:
    """Import generated exports. Ctrl-C keeps what is committed; the same command goes on from there."""
    summaries = anyio.run(_load, folder, read_manifest(folder), bulk)
    raise typer.Exit(EXIT_REJECTED if any(summary.rejected for summary in summaries) else 0)


def run(
    persons: Annotated[int, typer.Option(min=1, max=MAX_PERSONS, help="How many persons.")] = DEFAULT_PERSONS,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same data.")] = DEFAULT_SEED,
) -> None:
    """Start everything on this machine, load demo data, and serve until Ctrl-C."""
    settings = _open(load_settings())
    refuse_elsewhere(frozenset(SERVICES))
    anyio.run(_run, settings, persons, seed)


def _open(settings: Settings) -> Settings:
    """A demo asks nobody who they are, unless the settings say otherwise or other machines could reach it."""
    asked = "access" in settings.model_fields_set or not is_loopback(settings.http_host)
    return settings if asked else settings.model_copy(update={"access": "open"})


async def _load(folder: Path, manifest: Manifest, bulk: bool) -> list[ImportSummary]:
    async with open_runtime() as hub:
        return await _import(hub.graph, hub.settings, folder, manifest, bulk=bulk)


async def _run(settings: Settings, persons: int, seed: int) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print("Starting graph, queue, API and worker...")
    async with Stack(settings, notify=lambda service, words: console.print(f"{service:<7}{words}")) as stack:
        folder = stack.settings.data_dir / "demo" / f"{persons}-{seed}"
        manifest = await anyio.to_thread.run_sync(
            lambda: write_exports(folder, persons=persons, seed=seed), abandon_on_cancel=True
        )
        async with Graph.open(stack.settings) as graph:
            await _import(graph, stack.settings, folder, manifest)
            counts = await fetch_counts(graph)
        console.print("The worker gives orders their points meanwhile; `hub points settle` shows how far that is.")
        if stack.settings.access == "open":
            console.print("The API is OPEN to every program on this machine: HUB_ACCESS=tokens asks who is calling.")
        console.print(
            f"ready: http://127.0.0.1:{stack.settings.http_port}/graphql "
            f"persons={counts.persons} records={counts.records} orders={counts.orders}"
        )
        console.print(f"Phones worth trying: {' '.join(manifest.phones)}")
        await stack.wait()
    console.print("Stopped.")


async def _import(
    graph: Graph, settings: Settings, folder: Path, manifest: Manifest, *, bulk: bool = False
) -> list[ImportSummary]:
    identity = await Identity.load(graph, settings)
    with show_bars() as bars:
        summaries = await load_exports(
            graph, identity, manifest, folder, timezone=settings.timezone, begin=bars.begin, bulk=bulk
        )
    print_table(summaries)
    if all(one.was_complete for one in summaries):
        print_plain("Everything was imported before.")
    return summaries
