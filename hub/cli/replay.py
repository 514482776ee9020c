"""`hub replay`: does what is stored follow from the evidence and the decisions?"""

from __future__ import annotations

from typing import Annotated

import anyio
import typer

from hub.cli.bars import show_bars
from hub.cli.exit_codes import EXIT_FAILED
from hub.cli.output import print_json, to_plain
from hub.cli.runtime import open_runtime
from hub.services.replay import Replayed, replay


def replay_graph(
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Recompute all persons from evidence and decisions and compare with what is stored; exit 1 if it differs."""
    result = anyio.run(_replay)
    if as_json:
        print_json({**to_plain(result), "equal": result.equal})
    else:
        _print(result)
    raise typer.Exit(0 if result.equal else EXIT_FAILED)


async def _replay() -> Replayed:
    async with open_runtime() as hub:
        with show_bars() as bars:
            stages = {stage: bars.begin(stage) for stage in ("read", "resolve")}
            return await replay(
                hub.graph, hub.identity.policy, progress=lambda stage, done, total: stages[stage](done, total)
            )


def _print(result: Replayed) -> None:
    typer.echo(f"{result.records:,} records, {result.persons:,} persons")
    typer.echo(f"stored   {result.stored_hash}")
    typer.echo(f"computed {result.computed_hash}")
    if result.unsettled:
        typer.echo(f"{result.unsettled:,} records wait for the background job (hub work): they may differ until then.")
    if result.equal:
        typer.echo("Everything stored follows from the evidence.")
        return
    told = ", ".join(f"{count:,} {what}" for what, count in sorted(result.differences.items()))
    typer.echo(f"Differences: {told}")
    for example in result.examples:
        typer.echo(f"  {example.what}: persons {', '.join(example.persons)}; {len(example.records)} records shown:")
        for record in example.records:
            typer.echo(f"    {record}")
