"""`hub demo`: data to try the hub with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.cli.bars import show_bars
from hub.demo.manifest import MAX_PERSONS, Manifest, find_complete
from hub.demo.noise import MAX_NOISE

DEFAULT_PERSONS: Final = 2500
DEFAULT_SEED: Final = 1


def data(
    out: Annotated[Path, typer.Option(help="The folder to write to.", file_okay=False)],
    persons: Annotated[
        int, typer.Option(min=1, max=MAX_PERSONS, help="How many true persons there are.")
    ] = DEFAULT_PERSONS,
    seed: Annotated[int, typer.Option(min=0, help="The same seed writes the same bytes.")] = DEFAULT_SEED,
    noise: Annotated[
        float, typer.Option(min=0, max=MAX_NOISE, help="How much harder than usual the records are to tell apart.")
    ] = 1.0,
) -> None:
    """Write the exports of four systems: real baskets, invented identities.

    Tmall shop, WeChat mini program, POS and ERP, each in its own format with its mapping beside it, and truth.csv.
    """
    typer.echo(summarise(write_exports(out, persons=persons, seed=seed, noise=noise), out))


def write_exports(out: Path, *, persons: int, seed: int, noise: float = 1.0) -> Manifest:
    """The manifest of these exports in `out`, which are generated with a progress bar unless they are there."""
    from hub.demo.generate import EXPORTS, generate  # every other command would load pyarrow for nothing

    if found := find_complete(out, persons=persons, seed=seed, noise=noise):
        typer.echo(f"{out} has these exports already: nothing to do.", err=True)
        return found
    with show_bars() as bars:
        told = bars.begin(f"Persons x {len(EXPORTS)} systems")
        return generate(out, persons=persons, seed=seed, noise=noise, progress=told)


def summarise(manifest: Manifest, folder: Path) -> str:
    """The manifest as a few lines of text."""
    lines = [f"{manifest.persons:,} persons, seed {manifest.seed}, in {folder}"]
    lines += [f"  {file.path}: {file.entities:,} {file.kind} in {file.rows:,} rows" for file in manifest.files]
    if manifest.phones:
        lines.append(f"Phones worth trying: {' '.join(manifest.phones)}")
    return "\n".join(lines)
