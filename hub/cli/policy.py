"""`hub policy`: how people are identified, as a document that is checked, compared and published."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import anyio
import typer

from graph.documents import IDENTITY, DocumentVersion, fetch_versions
from hub.cli.author import Author, name_author
from hub.cli.policy_tables import print_history, print_types
from hub.cli.runtime import open_graph
from hub.core.settings import load_settings
from hub.services.policy import (
    DEFAULT_TEXT,
    Publication,
    diff_policies,
    json_schema,
    load_text,
    parse_policy,
    publish_policy,
    read_policy_file,
)
from rules.policy import Policy

_SHIPPED: Final = "0"
_MAX_VERSION: Final = 999_999_999


class Format(StrEnum):
    """How a policy is shown."""

    YAML = "yaml"
    TABLE = "table"


def check(file: Annotated[Path, typer.Argument(help="The policy (YAML).", metavar="FILE")]) -> None:
    """Say what is wrong with a policy, line by line; exit 1 if anything is. Needs no graph."""
    policy = parse_policy(read_policy_file(file), name=file.name)
    linking = sum(1 for kind in policy.types.values() if kind.links)
    typer.echo(f"{file.name} is a valid policy: {len(policy.types)} types of identifiers, {linking} of which link.")


def show(
    version: Annotated[
        int | None,
        typer.Option(min=0, max=_MAX_VERSION, help="0: the one that ships; left out: the one in force."),
    ] = None,
    format: Annotated[
        Format, typer.Option(help="yaml: the document as it was published; table: its types.")
    ] = Format.TABLE,
) -> None:
    """Show the policy in force, or any version."""
    number, text = (0, DEFAULT_TEXT) if version == 0 else anyio.run(_load, version)
    if format is Format.YAML:
        typer.echo(text, nl=False)
        return
    typer.echo("The policy that ships." if number == 0 else f"Version {number} of the policy.")
    print_types(parse_policy(text, name=_name_of(number)))


def diff(
    old: Annotated[str, typer.Argument(help="A file, or a version; 0: the one that ships.", metavar="FILE|VERSION")],
    new: Annotated[
        str | None,
        typer.Argument(help="Another; left out: the policy in force is compared with it.", metavar="FILE|VERSION"),
    ] = None,
) -> None:
    """Show what would change from the first to the second, or from the policy in force to the only one given."""
    before, after = anyio.run(_read_two, *((None, old) if new is None else (old, new)))
    changes = diff_policies(before, after)
    for change in changes:
        typer.echo(str(change))
    if not changes:
        typer.echo("No difference in how people are identified.")


def publish(
    file: Annotated[Path, typer.Argument(help="The policy (YAML).", metavar="FILE")],
    reason: Annotated[str, typer.Option(help="Why, for those who come after.")],
    author: Author = "",
) -> None:
    """Put a policy in force as the next version. All versions are kept."""
    text = read_policy_file(file)
    done = anyio.run(_publish, text, name_author(author), reason, file.name)
    for change in done.changes:
        typer.echo(str(change))
    if not done.changes:
        typer.echo("No difference in how people are identified.")
    typer.echo(f"Published as version {done.version.number}.")


def history(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many versions, at most.")] = 100,
) -> None:
    """List the published versions, newest first: when, who, why."""
    versions = anyio.run(_fetch_versions, limit)
    if versions:
        print_history(versions, ZoneInfo(load_settings().timezone))
    else:
        typer.echo("No version was published: the policy that ships is in force.")


def schema() -> None:
    """Print the JSON Schema of a policy, for editors. Needs no graph."""
    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


async def _load(version: int | None) -> tuple[int, str]:
    async with open_graph() as graph:
        return await load_text(graph, version)


async def _publish(text: str, author: str, reason: str, name: str) -> Publication:
    parse_policy(text, name=name)  # what is wrong with it can be said without a graph
    async with open_graph() as graph:
        return await publish_policy(graph, text, author, reason, name=name)


async def _fetch_versions(limit: int) -> list[DocumentVersion]:
    async with open_graph() as graph:
        return await fetch_versions(graph, IDENTITY, limit=limit)


async def _read_two(old: str | None, new: str) -> tuple[Policy, Policy]:
    return await _read_one(old), await _read_one(new)


async def _read_one(what: str | None) -> Policy:
    """The policy of a file, or of a version; None: the one in force. Only what is stored needs a graph."""
    if what is not None and not (what.isdecimal() and int(what) <= _MAX_VERSION):
        path = Path(what)
        return parse_policy(read_policy_file(path), name=path.name)
    number, text = (0, DEFAULT_TEXT) if what == _SHIPPED else await _load(None if what is None else int(what))
    return replace(parse_policy(text, name=_name_of(number)), version=number)


def _name_of(number: int) -> str:
    return f"policy version {number}"
