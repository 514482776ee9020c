"""`hub export`: what the hub knows, as files."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import anyio
import typer

from graph.export import stream_memberships
from hub.cli.membership_files import Format, open_table
from hub.cli.runtime import open_runtime
from hub.cli.whole_file import open_whole


def persons(
    format: Annotated[Format, typer.Option(help="The format.")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option(help="The file to write or replace; standard output unless given.")
    ] = None,
) -> None:
    """Write person_id, system, external_id for every live record."""
    if format is Format.PARQUET and output is None and sys.stdout.isatty():
        raise typer.BadParameter(
            "a terminal cannot show Parquet: name a file with --output, or choose --format csv", param_hint="--format"
        )
    records = anyio.run(_write_persons, format, output)
    if output is not None:
        typer.echo(f"Wrote {output}: {records:,} records.")


async def _write_persons(format: Format, output: Path | None) -> int:
    records = 0
    async with open_runtime() as hub:
        place = open_whole(output) if output else nullcontext(sys.stdout.buffer)
        with place as file, open_table(format, file) as table:
            async for row in stream_memberships(hub.graph):
                table.add(row)
                records += 1
    return records
