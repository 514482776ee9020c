"""`hub rules`: programmes as documents that are checked, tried on their examples and on past orders, and published."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

import anyio
import typer

from graph.documents import DocumentVersion, fetch_versions
from hub.cli.author import Author, FormerAuthor, name_author
from hub.cli.bars import show_bars
from hub.cli.exit_codes import EXIT_FAILED
from hub.cli.output import print_json, print_plain
from hub.cli.points import ProgrammeName
from hub.cli.policy_tables import print_history
from hub.cli.rules_report import print_dry_run, print_programmes, print_rules, print_trials
from hub.cli.runtime import open_graph
from hub.cli.steward import AsJson
from hub.core.clock import now_ms
from hub.core.settings import load_settings
from hub.services.documents.changes import Change
from hub.services.membership.tiers_held import TiersHeld
from hub.services.programme.document import ProgrammeDocument, json_schema
from hub.services.programme.dry_run import DryRun, run_dry
from hub.services.programme.reading import parse_document, parse_programme, read_programme_file
from hub.services.programme.shipped import DEFAULT_NAME, DEFAULT_TEXT
from hub.services.programme.trying import Trial, check_programme, try_programme
from hub.services.programme.versions import (
    Publication,
    diff_documents,
    family_of,
    fetch_programmes,
    find_in_force,
    load_programme,
    load_text,
    publish_programme,
    roll_back,
)
from rules.programme import Programme

_MAX_VERSION: Final = 999_999_999

File: TypeAlias = Annotated[Path, typer.Argument(help="The programme (YAML).", metavar="FILE")]
Name: TypeAlias = Annotated[str, typer.Argument(help="The programme; main unless given.", metavar="NAME")]
Reason: TypeAlias = Annotated[str, typer.Option(help="Why, for those who come after.")]


def check(file: File) -> None:
    """Say what is wrong with a programme, line by line, and try its examples; exit 1 if anything is. Needs no graph."""
    programme, examples = anyio.run(_check, read_programme_file(file), file.name)
    rules = len(programme.earning.rules)
    typer.echo(f"{file.name} is a valid programme: {len(programme.assets)} assets, {rules} rules, {examples} examples.")


def try_examples(file: File, as_json: AsJson = False) -> None:
    """Show what each example of a programme earns; exit 1 if any earns something else. Needs no graph."""
    trials = anyio.run(_try, read_programme_file(file), file.name)
    if as_json:
        print_json(trials)
    else:
        print_trials(trials)
    raise typer.Exit(0 if all(trial.fits for trial in trials) else EXIT_FAILED)


def show(
    name: Name = DEFAULT_NAME,
    version: Annotated[
        int | None, typer.Option(min=0, max=_MAX_VERSION, help="0: the one that ships; left out: the one in force.")
    ] = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print the document as it was published.")] = False,
) -> None:
    """Show a programme's rules that are in force, or those of any version."""
    number, text = (0, DEFAULT_TEXT) if (name, version) == (DEFAULT_NAME, 0) else anyio.run(_load, name, version)
    if as_yaml:
        typer.echo(text, nl=False)
        return
    typer.echo(f"The programme {name}, as it ships." if number == 0 else f"Version {number} of the programme {name}.")
    print_rules(parse_programme(text, _zone(), name=_name_of(name, number)))


def list_programmes() -> None:
    """List the programmes, and what is in force of each."""
    print_programmes(anyio.run(_fetch_programmes), _zone())


def history(
    name: Name = DEFAULT_NAME,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many versions, at most.")] = 100,
) -> None:
    """List a programme's published versions, newest first: when, who, why."""
    if versions := anyio.run(_fetch_versions, name, limit):
        print_history(versions, _zone())
    else:
        typer.echo(f"No version of the programme {name} was published.")


def diff(
    old: Annotated[str, typer.Argument(help="A file, or a version; 0: the one that ships.", metavar="FILE|VERSION")],
    new: Annotated[
        str | None,
        typer.Argument(help="Another; left out: what is in force is compared with it.", metavar="FILE|VERSION"),
    ] = None,
    programme: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Show what would change from the first to the second, or from what is in force to the only one given."""
    before, after = anyio.run(_read_two, programme, *((None, old) if new is None else (old, new)))
    _print_changes(diff_documents(before, after))


def dry_run(
    file: File,
    days: Annotated[int, typer.Option(min=1, max=3_660, help="The orders of how many days.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Work out past orders by a programme and by the version in force, and show who gains and who loses."""
    done = anyio.run(_dry_run, read_programme_file(file), file.name, days)
    if as_json:
        print_json(done.effects)
    else:
        print_dry_run(done, days)


def publish(file: File, reason: Reason, author: Author = "", by: FormerAuthor = "") -> None:
    """Put a programme in force as its next version. All versions are kept."""
    _print_publication(anyio.run(_publish, read_programme_file(file), name_author(author or by), reason, file.name))


def rollback(
    name: Annotated[str, typer.Argument(help="The programme.", metavar="NAME")],
    to: Annotated[int, typer.Option(min=0, max=_MAX_VERSION, help="The version to go back to; 0: as it ships.")],
    reason: Reason,
    author: Author = "",
    by: FormerAuthor = "",
) -> None:
    """Publish the text of an earlier version again, as the next version; the ones between are kept."""
    done = anyio.run(_roll_back, name, to, name_author(author or by), reason)
    _print_publication(done)
    typer.echo(f"It is the text of version {to}; what was earned meanwhile stays as it is.")


def schema() -> None:
    """Print the JSON Schema of a programme, for editors. Needs no graph."""
    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def _print_changes(changes: Sequence[Change]) -> None:
    for change in changes:
        print_plain(str(change))
    if not changes:
        typer.echo("No difference in what the programme does.")


def _print_publication(done: Publication) -> None:
    _print_changes(done.changes)
    typer.echo(f"Published as version {done.version.number} of the programme {done.programme}.")


async def _check(text: str, name: str) -> tuple[Programme, int]:
    return await check_programme(text, _zone(), name=name)


async def _try(text: str, name: str) -> tuple[Trial, ...]:
    return await try_programme(text, _zone(), name=name)


async def _load(name: str, version: int | None) -> tuple[int, str]:
    async with open_graph() as graph:
        return await load_text(graph, name, version)


async def _fetch_programmes() -> dict[str, DocumentVersion | None]:
    async with open_graph() as graph:
        return await fetch_programmes(graph)


async def _fetch_versions(name: str, limit: int) -> list[DocumentVersion]:
    async with open_graph() as graph:
        return await fetch_versions(graph, family_of(name), limit=limit)


async def _read_two(programme: str, old: str | None, new: str) -> tuple[ProgrammeDocument, ProgrammeDocument]:
    after = await _read_one(new, programme)
    return await _read_one(old, after.name if old is None else programme), after


async def _read_one(what: str | None, programme: str) -> ProgrammeDocument:
    """The document of a file, or of a version; None: the one in force. Only what is stored needs a graph."""
    if what is not None and not (what.isdecimal() and int(what) <= _MAX_VERSION):
        path = Path(what)
        return parse_document(read_programme_file(path), name=path.name)
    number, text = await _load(programme, None if what is None else int(what))
    return parse_document(text, name=_name_of(programme, number))


async def _dry_run(text: str, name: str, days: int) -> DryRun:
    zone = _zone()
    programme = parse_programme(text, zone, name=name)
    async with open_graph() as graph:
        if await find_in_force(graph, programme.name) is not None:
            programme = await load_programme(graph, programme.name, zone)
        with show_bars() as bars:
            return await run_dry(
                graph,
                text,
                zone,
                days=days,
                now_ms=now_ms(),
                name=name,
                find_standings=TiersHeld(graph, programme).find,
                progress=bars.tell_stages(),
            )


async def _publish(text: str, author: str, reason: str, name: str) -> Publication:
    parse_document(text, name=name)  # what is wrong with it can be said without a graph
    async with open_graph() as graph:
        return await publish_programme(graph, text, author, reason, _zone(), name=name)


async def _roll_back(name: str, to: int, author: str, reason: str) -> Publication:
    async with open_graph() as graph:
        return await roll_back(graph, name, to, author, reason, _zone())


def _zone() -> ZoneInfo:
    return ZoneInfo(load_settings().timezone)


def _name_of(programme: str, number: int) -> str:
    return f"{programme} version {number}"
