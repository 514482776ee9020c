"""`hub export`: what the hub knows, as files."""

from __future__ import annotations

import csv
import sys
from enum import StrEnum
from typing import Annotated

import anyio
import typer

from graph.export import stream_memberships
from hub.cli.runtime import open_runtime


class Format(StrEnum):
    """The formats of an export."""

    CSV = "csv"


def persons(
    format: Annotated[Format, typer.Option(help="The format.")] = Format.CSV,
) -> None:
    """Print person_id,system,external_id for every live record."""
    anyio.run(_PRINTERS[format])


async def _print_csv() -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    async with open_runtime() as hub:
        writer.writerow(("person_id", "system", "external_id"))
        async for row in stream_memberships(hub.graph):
            writer.writerow(row)


_PRINTERS = {Format.CSV: _print_csv}
