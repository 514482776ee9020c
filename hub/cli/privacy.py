"""`hub privacy`: a person's right to a copy of their data and to its erasure, each with a receipt."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import anyio
import typer

from graph.receipts import Receipt, fetch_receipts
from hub.cli.author import Author, FormerAuthor, name_author
from hub.cli.output import print_json
from hub.cli.runtime import Runtime, open_runtime
from hub.cli.whom import find_living, is_id
from hub.core.clock import from_ms
from hub.core.errors import InvalidInput
from hub.services.find_person import check_person_id
from hub.services.personal_data.erase import Erasure, erase_person
from hub.services.personal_data.export import export_person

Who = Annotated[
    str,
    typer.Argument(help="A person's id, a phone number that is theirs alone, or a record 'system|external_id'."),
]
Reason = Annotated[str, typer.Option(help="Why, for the receipt; no personal data.")]


def export(
    who: Who,
    out: Annotated[Path, typer.Option(help="The file to write; it must not exist yet.")],
    reason: Reason,
    author: Author = "",
    by: FormerAuthor = "",
) -> None:
    """Write everything that the hub knows about a person into a file, as JSON, identifiers in clear."""
    with _private_file(out) as file:
        exported = anyio.run(_export, who, reason, name_author(author or by))
        json.dump(exported, file, ensure_ascii=False, indent=2)
        file.write("\n")
    typer.echo(f"Wrote {out}. Receipt {exported['receipt']['id']}.")


def erase(
    who: Who,
    reason: Reason,
    author: Author = "",
    by: FormerAuthor = "",
    preview: Annotated[bool, typer.Option("--preview", help="Only tell what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person for good: values go, ids answer "erased", orders stay as nobody's. There is no way back."""
    anyio.run(_erase, who, reason, name_author(author or by), preview, yes)


def receipts(
    person: Annotated[str, typer.Argument(help="Only those of this person's id.", metavar="ID")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON array, for programs.")] = False,
) -> None:
    """List the latest 100 receipts of exports and erasures, newest first."""
    found = anyio.run(_receipts, person)
    if as_json:
        print_json(found)
    else:
        typer.echo("\n".join(map(_line, found)) or "Nothing was exported or erased.")


async def _export(who: str, reason: str, by: str) -> dict[str, Any]:
    async with open_runtime() as hub:
        return await export_person(hub.graph, hub.identity, await _find(hub, who), requested_by=by, reason=reason)


async def _erase(who: str, reason: str, by: str, preview: bool, yes: bool) -> None:
    async with open_runtime() as hub:
        person_id = await _find(hub, who)
        if preview or not yes:
            planned = await erase_person(
                hub.graph, hub.identity, person_id, requested_by=by, reason=reason, preview=True
            )
            _print_plan(planned)
            if preview:
                return
            if not planned.before:
                await anyio.to_thread.run_sync(_ask)
        done = await erase_person(hub.graph, hub.identity, person_id, requested_by=by, reason=reason)
    typer.echo(f"{'Erased before' if done.before else 'Erased'}. {_line(done.receipt)}")


async def _receipts(person: str) -> list[Receipt]:
    async with open_runtime() as hub:
        return await fetch_receipts(hub.graph, person_id=check_person_id(person) if person else None)


async def _find(hub: Runtime, who: str) -> str:
    """The id itself, or that of whoever holds the phone; an erased person is found by id only."""
    return check_person_id(who) if is_id(who) else await find_living(hub, who)


def _ask() -> None:
    try:
        if typer.confirm("Erase this person for good?", err=True):
            return
    except typer.Abort:  # nobody can answer
        typer.echo(err=True)
        raise InvalidInput("Nothing was erased. Where nobody can be asked, say --yes.") from None
    typer.echo("Nothing was erased.", err=True)
    raise typer.Exit(1)


def _print_plan(planned: Erasure) -> None:
    """What goes, in masked forms."""
    if planned.before:
        return
    counts = planned.receipt.counts
    typer.echo(f"Person {planned.receipt.person_id}: ids that will answer 'erased': {', '.join(planned.ids)}")
    for system, records in (planned.systems or {}).items():
        typer.echo(f"  {records} {'record' if records == 1 else 'records'} of {system}, with profile and external id")
    for word, identifiers in (("goes", planned.deleted), ("stays with others", planned.kept)):
        for (kind, masked), times in sorted(Counter(identifiers).items()):
            typer.echo(f"  {kind} {masked}{f' ({times} times)' if times > 1 else ''}: {word}")
    typer.echo(f"  {counts['orders']} orders stay, without their customer")
    if counts.get("accounts"):
        typer.echo(
            f"  {counts['accounts']} accounts of points or stored value stay as totals, and nobody can spend them"
        )
    typer.echo(f"  {counts['cases']} cases and {counts['decisions']} decisions lose their words")


def _line(receipt: Receipt) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in receipt.counts.items())
    at = from_ms(receipt.at_ms).isoformat(timespec="seconds")
    return f"{receipt.id}  {at}  {receipt.kind} of {receipt.person_id} by {receipt.by}: {receipt.reason} ({counts})"


@contextmanager
def _private_file(path: Path) -> Iterator[TextIO]:
    """A new file that only its owner may read; removed again if what should be in it cannot be had."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written ({error.strerror}): choose another place with --out.") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise
