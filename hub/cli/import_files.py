"""`hub import`: files of customers and orders into the hub."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import anyio
import typer
from rich.console import Console
from rich.table import Table

from connectors.files.guess import guess_mapping
from connectors.files.mapping import dump_mapping, load_mapping
from connectors.files.opening import open_source
from connectors.files.rows import Row, Source
from hub.cli.bars import show_bars
from hub.cli.runtime import open_runtime
from hub.core.model import System
from hub.core.settings import load_settings
from hub.services.identity import Identity
from hub.services.import_file import ImportRequest, ImportSummary, import_file, rehearse_file

EXIT_REJECTED: Final = 3
_SAMPLE_ROWS: Final = 200


def import_files(
    files: Annotated[list[Path], typer.Argument(help="CSV, JSON Lines, XLSX or Parquet.", metavar="FILE...")],
    system: Annotated[str, typer.Option(help="The system that they come from, such as tmall:flagship.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="Which column is what (YAML).")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where bad rows go; beside each file unless given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Read files anew that were imported before.")] = False,
    guess: Annotated[bool, typer.Option("--guess", help="Print a mapping proposed from the headers.")] = False,
) -> None:
    """Import customers and orders. Ctrl-C keeps what is committed; the same command goes on from there."""
    if guess:
        _print_guesses(files)
        return
    if not system:
        raise typer.BadParameter("say which system the files come from, such as tmall:flagship", param_hint="--system")
    if rejects is not None and len(files) > 1:
        raise typer.BadParameter("give one FILE with it: several cannot share a rejects file", param_hint="--rejects")
    source = System(system)
    chosen = load_mapping(mapping) if mapping else None
    requests = [ImportRequest(path, source, chosen, rejects, again) for path in files]
    summaries = anyio.run(_rehearse if dry_run else _import, requests)
    print_summaries(summaries)
    raise typer.Exit(EXIT_REJECTED if any(summary.rejected for summary in summaries) else 0)


def _print_guesses(files: list[Path]) -> None:
    for path in files:
        source = open_source(path)
        try:
            typer.echo(dump_mapping(guess_mapping(source.columns, _sample(source))), nl=False)
        finally:
            source.close()


def _sample(source: Source) -> list[Row]:
    return [row for row in islice(source.rows(), _SAMPLE_ROWS) if isinstance(row, Row)]


async def _import(requests: list[ImportRequest]) -> list[ImportSummary]:
    async with open_runtime() as hub:
        with show_bars() as bars:
            return [
                await import_file(
                    hub.graph,
                    hub.identity,
                    request,
                    timezone=hub.settings.timezone,
                    progress=bars.begin(request.path.name),
                )
                for request in requests
            ]


async def _rehearse(requests: list[ImportRequest]) -> list[ImportSummary]:
    settings = load_settings()
    identity = Identity.from_settings(settings)
    summaries: list[ImportSummary] = []
    with show_bars() as bars:
        for request in requests:
            summary, problems = await rehearse_file(
                identity, request, timezone=settings.timezone, progress=bars.begin(request.path.name)
            )
            summaries.append(summary)
            for problem in problems:
                typer.echo(f"{request.path.name}: {problem}", err=True)
    typer.echo("Dry run: nothing was written.")
    return summaries


def print_summaries(summaries: list[ImportSummary]) -> None:
    """A table of what each file brought (rows read; events accepted; records or orders that are new or different)."""
    table = Table("File", "System", box=None, pad_edge=False, header_style="bold")
    for heading in ("Rows", "Accepted", "Changed", "Rejected"):
        table.add_column(heading, justify="right")
    for one in summaries:
        changed = one.changed_records if one.kind == "customers" else one.changed_orders
        counts = (one.rows, one.accepted, changed, one.rejected)
        table.add_row(one.path.name, one.system, *(f"{count:,}" for count in counts))
    console = Console(highlight=False, soft_wrap=True, markup=False)
    console.print(table)
    if before := [one for one in summaries if one.was_complete]:
        files = before[0].path.name if len(before) == 1 else f"{len(before)} of these files"
        console.print(f"{files}: imported before, nothing to do (--again reads anew).")
    for one in summaries:
        if one.resumed_at:
            console.print(f"{one.path.name}: went on from row {one.resumed_at:,}.")
        if one.rejects is not None:
            console.print(f"{one.rejects}: correct the rejected rows and import this file.")
