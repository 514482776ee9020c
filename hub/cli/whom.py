"""How a person or a record is named on the command line: by id, by record or by phone."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import MAXYEAR, MINYEAR, datetime
from functools import partial
from typing import Annotated, Final, TypeAlias
from zoneinfo import ZoneInfo

import typer

from hub.cli.runtime import Runtime
from hub.core.errors import InvalidInput, NotFound
from hub.core.ledger import Operation
from hub.core.model import RawIdentifier, RecordKey
from hub.services.find_person import PersonFinder, check_person_id
from hub.services.membership import homes
from hub.services.named import act_on_named

_ID: Final = re.compile(r"[0-9A-Za-z]{26}")
_INSTANT: Final = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
AsOf: TypeAlias = Annotated[str, typer.Option(metavar="ISO", help="As of this instant, by what is known now.")]
_Act: TypeAlias = Callable[..., Awaitable[Operation]]
_EXPECTED: Final = "expected an instant such as 2026-05-01, 2026-05-01T10:00 or with +08:00"


def is_id(text: str) -> bool:
    """Whether this is written like a person's id, which no phone is."""
    return _ID.fullmatch(text.strip()) is not None


def is_record(text: str) -> bool:
    """Whether this is written like a record, which neither an id nor a phone is."""
    return "|" in text


def read_record(text: str) -> RecordKey:
    """The record that an argument names."""
    try:
        return RecordKey.read(text)
    except InvalidInput as error:
        raise typer.BadParameter(error.safe_message) from None


async def find_living(hub: Runtime, text: str) -> str:
    """The id of the living person whom an id, a record or a phone means now.

    Raises:
        InvalidInput, Conflict: as `PersonFinder`.
        NotFound: the hub knows nobody by that.
    """
    found = await _find(hub, text)
    if found is None:
        raise NotFound("Nobody is known by this phone number, record or id.")
    return found


async def act_on_person(hub: Runtime, text: str, act: _Act) -> Operation:
    """As `act_on_named`, for whom an id, a record or a phone means; `act` takes `person` and `said`."""
    return await act_on_named(partial(_find, hub, text), text, lambda named: act(**named._asdict()))


async def act_on_home(hub: Runtime, text: str, act: _Act) -> Operation:
    """As `act_on_person`, by the id that the record brought which was named: what a person gets hangs there."""

    async def act_there(*, person: str, said: str) -> Operation:
        return await act(person=await _find_home(hub, text, person), said=said)

    return await act_on_person(hub, text, act_there)


async def _find(hub: Runtime, text: str) -> str | None:
    finder = PersonFinder(hub.graph, hub.identity)
    if is_record(text):
        return await finder.find_by_record(read_record(text))
    return await finder.find_by_id(text) if is_id(text) else await finder.find_by_phone(text)


async def _find_home(hub: Runtime, text: str, person: str) -> str:
    if not person:
        return ""
    if is_id(text):
        return check_person_id(text)
    if is_record(text):
        return await homes.find_home(hub.graph, hub.identity, person, record=read_record(text))
    return await homes.find_home(hub.graph, hub.identity, person, identifier=RawIdentifier("phone", "", text))


def read_instant_ms(text: str, zone: ZoneInfo) -> int:
    """An instant in epoch milliseconds; a date is its first instant, and `zone` is that of a time without.

    Of ISO 8601 only dates by month and day are taken: a week or a month on its own is no instant.
    """
    written = _INSTANT.fullmatch(text.strip())
    if written is None:
        raise typer.BadParameter(_EXPECTED)
    # The first and the last year of the calendar have instants that are in no year in another zone.
    if not MINYEAR < int(written[1]) < MAXYEAR:
        raise typer.BadParameter(f"expected a year from {MINYEAR + 1:04} to {MAXYEAR - 1}")
    try:
        moment = datetime.fromisoformat(written[0])
    except ValueError:
        raise typer.BadParameter(_EXPECTED) from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
    return int(aware.timestamp() * 1000)
