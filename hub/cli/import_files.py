"""`hub import`: files of customers and orders into the hub."""

from __future__ import annotations

from contextlib import aclosing
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import anyio
import typer

from connectors.files.guess import guess_mapping, list_unused
from connectors.files.mapping import dump_mapping, load_mapping
from connectors.files.opening import open_source
from connectors.files.rows import Row, Source
from hub.cli.bars import show_bars
from hub.cli.exit_codes import EXIT_REJECTED, EXIT_STOPPED
from hub.cli.import_report import print_notes, print_table
from hub.cli.runtime import open_runtime
from hub.core.model import System, is_system
from hub.core.settings import load_settings
from hub.services.identity import Identity
from hub.services.import_file import check_files, rehearse_file
from hub.services.import_files import import_files as run_imports
from hub.services.imported_file import ImportRequest, ImportSummary

_SAMPLE_ROWS: Final = 200


def import_files(
    files: Annotated[
        list[str],
        typer.Argument(help="CSV, JSON Lines, XLSX or Parquet; SYSTEM=FILE for one of another system.", metavar="FILE"),
    ],
    system: Annotated[str, typer.Option(help="The system that they come from, such as tmall:flagship.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="Which column is what (YAML), in every FILE.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where bad rows go; beside each file unless given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Read files anew that were imported before.")] = False,
    bulk: Annotated[
        bool,
        typer.Option(
            "--bulk", help="First load: all customers resolved in memory (about 1.7 GB a million), then written."
        ),
    ] = False,
    guess: Annotated[bool, typer.Option("--guess", help="Print a mapping proposed from the headers.")] = False,
) -> None:
    """Import customers and orders. Ctrl-C keeps what is committed; the same command goes on from there."""
    if guess:
        _print_guesses([Path(name) for name in files])
        return
    if rejects is not None and len(files) > 1:
        raise typer.BadParameter("give one FILE with it: several cannot share a rejects file", param_hint="--rejects")
    chosen = load_mapping(mapping) if mapping else None
    requests = [ImportRequest(*_read_argument(name, system), chosen, rejects, again) for name in files]
    summaries: list[ImportSummary] = []
    try:
        if dry_run:
            anyio.run(_rehearse, requests, summaries, bulk)
        else:
            anyio.run(_bulk if bulk else _import, requests, summaries)
    except KeyboardInterrupt:
        typer.echo("Stopped: what is committed stays, and the same command goes on from there.", err=True)
        raise typer.Exit(EXIT_STOPPED) from None
    finally:
        # What is done is done, whatever became of the next file.
        if summaries:
            print_table(summaries, rehearsed=dry_run)
            print_notes(summaries, mapping)
    raise typer.Exit(EXIT_REJECTED if any(summary.rejected for summary in summaries) else 0)


def _read_argument(name: str, system: str) -> tuple[Path, System]:
    """The file and the system of an argument that may name one: `pos=customers.csv`."""
    own, separator, path = name.partition("=")
    if separator and is_system(own) and not Path(name).exists():
        return Path(path), System(own)
    if not system:
        raise typer.BadParameter("say which system the files come from, such as tmall:flagship", param_hint="--system")
    return Path(name), System(system)


def _print_guesses(files: list[Path]) -> None:
    for number, path in enumerate(files):
        source = open_source(path)
        try:
            mapping = guess_mapping(source.columns, _sample(source))
        finally:
            source.close()
        if len(files) > 1:
            separator = "---\n" if number else ""
            typer.echo(f"{separator}# {_on_one_line(path.name)}")
        typer.echo(dump_mapping(mapping), nl=False)
        if unused := list_unused(source.columns, mapping):
            typer.echo(f"# not used: {', '.join(map(_on_one_line, unused))}")


def _on_one_line(name: str) -> str:
    return " ".join(name.split())


def _sample(source: Source) -> list[Row]:
    return [row for row in islice(source.rows(), _SAMPLE_ROWS) if isinstance(row, Row)]


async def _import(requests: list[ImportRequest], summaries: list[ImportSummary]) -> None:
    async with open_runtime() as hub:
        timezone = hub.settings.timezone
        if len(requests) > 1:
            await check_files(hub.identity, requests, timezone=timezone)
        with show_bars() as bars:
            imported = run_imports(
                hub.graph, hub.identity, requests, timezone=timezone, begin=lambda file: bars.begin(file.path.name)
            )
            async with aclosing(imported) as done:
                async for summary in done:
                    summaries.append(summary)


async def _bulk(requests: list[ImportRequest], summaries: list[ImportSummary]) -> None:
    # Imported here: the library that finds components doubles the start of every import.
    from hub.services.bulk import bulk_load

    async with open_runtime() as hub:
        with show_bars() as bars:
            loaded = bulk_load(hub.graph, hub.identity, requests, timezone=hub.settings.timezone, begin=bars.begin)
            async with aclosing(loaded) as done:
                async for summary in done:
                    summaries.append(summary)


async def _rehearse(requests: list[ImportRequest], summaries: list[ImportSummary], bulk: bool) -> None:
    settings = load_settings()
    identity = Identity.from_settings(settings)
    if bulk:
        from hub.services.bulk import check_load

        await check_load(identity, requests, timezone=settings.timezone)
    with show_bars() as bars:
        for request in requests:
            summary, problems = await rehearse_file(
                identity, request, timezone=settings.timezone, progress=bars.begin(request.path.name)
            )
            summaries.append(summary)
            for problem in problems:
                typer.echo(f"{request.path.name}: {problem}", err=True)
    typer.echo("Dry run: nothing was written.")
