"""`hub audit`: who read personal data in clear and who changed something, and the proof that nobody edited that."""

from __future__ import annotations

from typing import Annotated

import anyio
import typer

from graph.access_log import Access, Chained
from hub.cli.exit_codes import EXIT_FAILED
from hub.cli.output import print_json, print_list
from hub.cli.runtime import open_runtime
from hub.core.clock import from_ms
from hub.services.access.log import Verdict, fetch_latest, verify


def list_entries(
    client: Annotated[str, typer.Option(help="Only of this client's id.", metavar="ID")] = "",
    person: Annotated[str, typer.Option(help="Only about this person's id.", metavar="ID")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON array, for programs.")] = False,
) -> None:
    """List the latest entries, newest first."""

    def fits(access: Access) -> bool:
        return client in ("", access.client)

    async def fetch() -> list[Chained]:
        async with open_runtime() as hub:
            return await fetch_latest(hub.graph, fits=fits, limit=limit, person=person or None)

    found = anyio.run(fetch)
    if as_json:
        print_json(found)
    else:
        headings = ("number", "when", "client", "purpose", "did", "fields", "persons")
        print_list(*headings, rows=map(_row, found), nothing="No such entry.")


def verify_log(
    known: Annotated[
        str | None, typer.Option(help="What this command printed before: tells a log that was written anew.")
    ] = None,
) -> None:
    """Prove that no entry was changed, removed or put in between. Exit 1 where one was."""
    verdict = anyio.run(_verify, known)
    if verdict.fault is not None:
        typer.echo(verdict.fault, err=True)
        raise typer.Exit(EXIT_FAILED)
    entries = "1 entry" if verdict.head.number == 1 else f"{verdict.head.number:,} entries"
    typer.echo(f"{entries}, whole. Note this down elsewhere, and give it with --known next time:")
    typer.echo(f"{verdict.head.number}:{verdict.head.digest}")


async def _verify(known: str | None) -> Verdict:
    async with open_runtime() as hub:
        return await verify(hub.graph, known)


def _row(entry: Chained) -> list[str]:
    number, access, _ = entry
    return [
        str(number),
        from_ms(access.at_ms).isoformat(timespec="seconds"),
        access.client or "(open)",
        access.purpose or "-",
        access.action,
        " ".join(access.fields),
        " ".join(access.persons) or "-",
    ]
