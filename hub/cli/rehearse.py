"""`hub rehearse`: the whole graph under another policy, before anybody is moved; then apply it, or drop it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import anyio
import typer

from graph.rehearsals import Rehearsal, fetch_rehearsals
from hub.cli.author import Author, name_author
from hub.cli.bars import show_bars
from hub.cli.output import make_table, print_json, print_list, print_plain, to_plain
from hub.cli.runtime import open_runtime
from hub.core.clock import from_ms
from hub.services.apply_rehearsal import AppliedPolicy, apply_rehearsal, drop_rehearsal
from hub.services.policy import read_policy_file
from hub.services.rehearse import Example, Report, decode_report, rehearse


def rehearse_policy(
    policy: Annotated[Path | None, typer.Option("--policy", help="The policy to rehearse.")] = None,
    apply: Annotated[str | None, typer.Option("--apply", help="Put the policy of this rehearsal in force.")] = None,
    drop: Annotated[str | None, typer.Option("--drop", help="Have this rehearsal never applied.")] = None,
    show_list: Annotated[bool, typer.Option("--list", help="Show the latest rehearsals.")] = False,
    rate: Annotated[float | None, typer.Option(help="Apply to so many records a second at the most.", min=1)] = None,
    force: Annotated[bool, typer.Option("--force", help="Apply though half of the persons are split.")] = False,
    author: Author = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Compute what a policy would change and write nothing but the report; then --apply it by its id, or --drop it."""
    asked = [policy is not None, apply is not None, drop is not None, show_list]
    if sum(asked) != 1:
        raise typer.BadParameter("say one of --policy FILE, --apply ID, --drop ID and --list")
    if policy is not None:
        anyio.run(_rehearse, read_policy_file(policy), policy.name, name_author(author), as_json)
    elif apply is not None:
        anyio.run(_apply, apply, rate, force, as_json)
    elif drop is not None:
        anyio.run(_drop, drop)
    else:
        anyio.run(_list, as_json)


async def _rehearse(text: str, name: str, author: str, as_json: bool) -> None:
    async with open_runtime() as hub:
        with show_bars() as bars:
            rehearsal, report = await rehearse(
                hub.graph, hub.identity, text, author=author, name=name, progress=bars.tell_stages()
            )
    if as_json:
        print_json({"id": rehearsal.id, "dissolves": report.dissolves, **to_plain(report)})
    else:
        _print_report(rehearsal, report)


async def _apply(rehearsal_id: str, rate: float | None, force: bool, as_json: bool) -> None:
    async with open_runtime() as hub:
        with show_bars() as bars:
            done = await apply_rehearsal(
                hub.graph, hub.identity, rehearsal_id, progress=bars.tell_stages(), records_per_s=rate, force=force
            )
    if as_json:
        print_json(done)
    else:
        typer.echo(_told(done))


async def _drop(rehearsal_id: str) -> None:
    async with open_runtime() as hub:
        await drop_rehearsal(hub.graph, rehearsal_id)
    typer.echo("Dropped.")


async def _list(as_json: bool) -> None:
    async with open_runtime() as hub:
        found = await fetch_rehearsals(hub.graph)
    if as_json:
        print_json([{**to_plain(one), "report": to_plain(decode_report(one.report))} for one in found])
        return
    headings = ("Rehearsal", "When (UTC)", "Author", "State", "Split", "Merged", "Moved")
    print_list(*headings, rows=map(_list_one, found), nothing="No rehearsal yet: --policy FILE makes one.")


def _list_one(one: Rehearsal) -> tuple[str, ...]:
    report = decode_report(one.report)
    when = from_ms(one.created_ms).strftime("%Y-%m-%d %H:%M")
    numbers = (f"{number:,}" for number in (report.split, report.merged, report.moved))
    return one.id, when, one.author, one.state, *numbers


def _print_report(rehearsal: Rehearsal, report: Report) -> None:
    rows = (
        ("persons", f"{report.persons_before:,}", f"{report.persons_after:,}"),
        ("questions for stewards", f"{report.questions_before:,}", f"{report.questions_after:,}"),
    )
    print_plain(make_table("", "now", "under this policy", rows=rows, title=f"Rehearsal {rehearsal.id}"))
    typer.echo(f"{report.split:,} persons would be split, {report.merged:,} would come of several.")
    typer.echo(f"{report.moved:,} of {report.records:,} records would move.")
    typer.echo(f"{report.quarantined:,} identifiers would be quarantined, {report.freed:,} freed.")
    _print_examples("Split", report.split_examples)
    _print_examples("Merged", report.merged_examples)
    if report.dissolves:
        typer.echo("This policy splits half of the persons who have several records: applying it asks for --force.")
    typer.echo("Nobody was moved: this report is all that was written. Go on with")
    typer.echo(f"  hub rehearse --apply {rehearsal.id}\n  hub rehearse --drop {rehearsal.id}")


def _print_examples(title: str, examples: tuple[Example, ...]) -> None:
    for one in examples[:5]:
        typer.echo(f"{title}: {', '.join(one.before)} > {', '.join(one.after)}")
        for record in one.records[:8]:
            typer.echo(f"    {record}")


def _told(done: AppliedPolicy) -> str:
    lines = [f"Version {done.version} of the policy is in force; {done.moved:,} records moved."]
    if done.as_rehearsed:
        lines.append("The persons are exactly those that were rehearsed.")
    elif done.arrived:
        lines.append(
            f"The persons differ from those that were rehearsed, because evidence or decisions arrived in between "
            f"({done.new_records:+,} records)."
        )
    else:
        lines.append("The persons are not those that were rehearsed: run `hub replay`, and report this.")
    return "\n".join(lines)
