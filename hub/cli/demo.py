"""`hub demo`: data to try the hub with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from hub.demo.manifest import MAX_PERSONS, Manifest, find_complete

DEFAULT_PERSONS: Final = 2500
DEFAULT_SEED: Final = 1


def data(
    out: Annotated[Path, typer.Option(help="The folder to write to.", file_okay=False)],
    persons: Annotated[
        int, typer.Option(min=1, max=MAX_PERSONS, help="How many true persons there are.")
    ] = DEFAULT_PERSONS,
    seed: Annotated[int, typer.Option(min=0, help="The same seed writes the same bytes.")] = DEFAULT_SEED,
) -> None:
    """Write the exports of four systems: real baskets, invented identities.

    Tmall shop, WeChat mini program, POS and ERP, each in its own format with its mapping beside it, and truth.csv.
    """
    from hub.demo.generate import generate  # every other command would load pyarrow for nothing

    console = Console(stderr=True)
    if found := find_complete(out, persons=persons, seed=seed):
        console.print(f"{out} has these exports already: nothing to do.", highlight=False, soft_wrap=True)
    else:
        with _progress(console) as bar:
            task = bar.add_task("Writing exports", total=None)
            found = generate(
                out,
                persons=persons,
                seed=seed,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    typer.echo(summarise(found, out))


def summarise(manifest: Manifest, folder: Path) -> str:
    """The manifest as a few lines of text."""
    lines = [f"{manifest.persons:,} persons, seed {manifest.seed}, in {folder}"]
    lines += [f"  {file.path}: {file.entities:,} {file.kind} in {file.rows:,} rows" for file in manifest.files]
    if manifest.phones:
        lines.append(f"Phones worth trying: {' '.join(manifest.phones)}")
    return "\n".join(lines)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=console
    )
