"""Published programmes: each version is kept for ever, the last one is in force; before its first `main` ships."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from graph import documents, operations
from graph.database import Graph
from graph.documents import DocumentVersion, PublishedDocument
from hub.core.clock import now_ms
from hub.core.errors import Conflict, InvalidInput, InvariantBroken, NotFound
from hub.services.documents.changes import Change, diff_tables
from hub.services.documents.signing import sign
from hub.services.programme.document import ProgrammeDocument
from hub.services.programme.reading import parse_document, parse_programme
from hub.services.programme.shipped import DEFAULT_NAME, DEFAULT_TEXT, shipped_programme
from hub.services.programme.trying import check_programme
from rules.programme import Asset, Programme
from rules.tiers import Edition

SHIPPED: Final = 0
"""The number of the version that ships: it changes with the code, and is stored when another one takes its place."""

_FAMILY: Final = "programme:"


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing did: the new version of a programme, and what it changes."""

    programme: str
    version: DocumentVersion
    changes: tuple[Change, ...]


async def load_programme(graph: Graph, name: str, zone: ZoneInfo) -> Programme:
    """The version of a programme that is in force, with the tiers of those before it, by one statement.

    An earlier one that this code cannot read is left out: the one before it stands for its time.

    Args:
        zone: the installation's.

    Raises:
        NotFound: there is no such programme.
        InvariantBroken: its text cannot be read by this code, which is stricter than the one that published it.
    """
    published = await documents.fetch_texts(graph, family_of(name))
    if not published:
        _require_shipped(name)
        return shipped_programme(zone)
    *earlier, current = published
    try:
        programme = _read(current, zone)
    except InvalidInput as error:
        raise InvariantBroken(
            f"Version {current.version.number} of the programme {name}, which is published, cannot be read: `hub rules "
            "show --yaml` prints it, `hub rules check` names what is wrong. Publish it corrected, or start the "
            "memberhub that published it.",
            problems=error.safe_message,
        ) from None
    return replace(programme, earlier=tuple(_read_editions(earlier, zone)))


async def fetch_programmes(graph: Graph) -> dict[str, DocumentVersion | None]:
    """What is in force of each programme, by name; None for the one that ships."""
    published = await documents.fetch_current(graph, _FAMILY)
    return {DEFAULT_NAME: None, **{family.removeprefix(_FAMILY): one for family, one in published.items()}}


async def load_text(graph: Graph, name: str, number: int | None = None) -> tuple[int, str]:
    """A version's number and its text with all comments; None: of the one in force. Raises NotFound."""
    family = family_of(name)
    if number == SHIPPED:
        found = await documents.find_version(graph, family, SHIPPED)
    else:
        found = await documents.find_published(graph, family, number)
    return (SHIPPED, _require_shipped(name)) if found is None else (found.version.number, found.text)


async def find_in_force(graph: Graph, name: str) -> tuple[int, str] | None:
    """The number and the text in force; None where there is no such programme yet."""
    try:
        return await load_text(graph, name)
    except NotFound:
        return None


async def publish_programme(
    graph: Graph, text: str, author: str, reason: str, zone: ZoneInfo, *, name: str = "programme"
) -> Publication:
    """Check a document, try its examples and put it in force as the next version; `name` stands for it in messages.

    Raises:
        InvalidInput: the document is not valid, an example fails, or author or reason are missing or too long.
        Conflict: it is word for word the version in force, another one was published at the same moment, or members
            may hold an asset that it lacks.
    """
    signed = sign(author, reason)
    programme, _ = await check_programme(text, zone, name=name)
    family = family_of(programme.name)
    current = await documents.find_current(graph, family)
    before = _read_to_compare(programme.name, current)
    if before is not None:
        _check_assets(before.to_programme(zone).assets, programme.assets)
    base = SHIPPED if current is None else current.version.number
    # What members had by the one that ships has to be known for good; if nobody had anything, the first version says
    # what was before it, too.
    used = current is None and programme.name == DEFAULT_NAME and await operations.has_any(graph, programme.name)
    version = await graph.write(
        documents.publish,
        family,
        text,
        **signed._asdict(),
        published_ms=now_ms(),
        base=base,
        before=DEFAULT_TEXT if used else None,
    )
    changes = diff_documents(before, parse_document(text)) if before else []
    return Publication(programme.name, version, tuple(changes))


async def roll_back(graph: Graph, name: str, number: int, author: str, reason: str, zone: ZoneInfo) -> Publication:
    """Publish the text of an earlier version again, as the next one; raises as `publish_programme`, and NotFound."""
    _, text = await load_text(graph, name, number)
    return await publish_programme(graph, text, author, reason, zone, name=f"{name} version {number}")


def diff_documents(old: ProgrammeDocument, new: ProgrammeDocument) -> list[Change]:
    """What one document says differently from another; examples decide nothing."""
    before, after = (one.model_dump(exclude={"examples"}) for one in (old, new))
    return list(diff_tables(before, after))


def family_of(name: str) -> str:
    """The family in which a programme's versions are kept."""
    return f"{_FAMILY}{name}"


def _read(published: PublishedDocument, zone: ZoneInfo) -> Programme:
    version = published.version
    return replace(parse_programme(published.text, zone), version=version.number, since_ms=version.published_ms)


def _read_editions(published: Iterable[PublishedDocument], zone: ZoneInfo) -> Iterator[Edition]:
    """Those that lay down other tiers than the one before: stays are named by the version that brought their ladder."""
    last = None
    for one in published:
        with suppress(InvalidInput):
            [edition] = _read(one, zone).editions
            if last is None or (edition.tiers, edition.zone) != (last.tiers, last.zone):
                yield edition
            last = edition


def _require_shipped(name: str) -> str:
    if name != DEFAULT_NAME:
        raise NotFound(f"There is no programme {name[:50]!r}: `hub rules list` shows those that there are.")
    return DEFAULT_TEXT


def _read_to_compare(name: str, current: PublishedDocument | None) -> ProgrammeDocument | None:
    """The document in force; None where there is none, or it cannot be read and has to be replaced."""
    if current is None:
        return parse_document(DEFAULT_TEXT) if name == DEFAULT_NAME else None
    try:
        return parse_document(current.text)
    except InvalidInput:
        return None


def _check_assets(before: Mapping[str, Asset], after: Mapping[str, Asset]) -> None:
    """Refuse what would hide members' balances, or have their numbers mean something else."""
    for name, asset in before.items():
        if name not in after or after[name].unit != asset.unit:
            raise Conflict(
                f"Members may hold the asset {name}, in the unit {asset.unit}: a new version keeps it, with its unit."
            )
