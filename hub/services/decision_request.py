"""What a steward asks for, checked as far as it can be without looking at the graph."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from graph.decisions import Kind
from hub.core.clock import MAX_AHEAD_MS, find_day, from_ms, now_ms
from hub.core.errors import InvalidInput
from hub.core.model import GENDERS, PROFILE_FIELDS, RecordKey

_MOST_AUTHOR_CHARS: Final = 200
_MOST_REASON_CHARS: Final = 2000
_MOST_VALUE_CHARS: Final = 500
_MOST_ALLOWED: Final = 1_000_000
_FIRST_BIRTHDAY: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """A decision to be made; the fields are those of `graph.decisions.Decision`.

    Records are written `system|external_id`. Author and reason are no part of what is decided: the same decision by
    somebody else, or for another reason, is the same decision.
    """

    kind: Kind
    author: str
    reason: str
    left: str = ""
    right: str = ""
    field: str = ""
    value: str = ""
    identifier: str = ""
    allowed: int | None = None

    @property
    def records(self) -> tuple[str, ...]:
        """The records that it is on."""
        return tuple(record for record in (self.left, self.right) if record)


def request_link(left: str, right: str, *, apart: bool, author: str, reason: str) -> DecisionRequest:
    """Two records are one customer, or two; raises InvalidInput for a record with itself."""
    one, two = sorted(str(RecordKey.read(record)) for record in (left, right))
    if one == two:
        raise InvalidInput("A record cannot be decided on with itself: name two records.")
    return _signed(DecisionRequest("cannot_link" if apart else "must_link", author, reason, one, two))


def request_pin(record: str, field: str, value: str, *, author: str, reason: str) -> DecisionRequest:
    """A profile field has this value, whatever systems say; raises InvalidInput for an unknown field or a bad value."""
    if field not in PROFILE_FIELDS:
        raise InvalidInput(f"{field[:50]!r} is no field of a profile. Fields: {', '.join(PROFILE_FIELDS)}.")
    text = _read_text(value, "A pinned value", _MOST_VALUE_CHARS)
    if field == "birthday":
        _check_birthday(text)
    if field == "gender" and text not in GENDERS:
        raise InvalidInput(f"{text[:50]!r} is no gender of a profile. Genders: {', '.join(GENDERS)}.")
    return _signed(DecisionRequest("pin", author, reason, str(RecordKey.read(record)), field=field, value=text))


def request_lift(identifier: str, allowed: int, *, author: str, reason: str) -> DecisionRequest:
    """So many records may share an identifier, which is given by its key in the graph."""
    if not 0 < allowed <= _MOST_ALLOWED:
        raise InvalidInput(f"A quarantine is lifted to a number of records from 1 to {_MOST_ALLOWED:,}.")
    return _signed(DecisionRequest("lift", author, reason, identifier=identifier, allowed=allowed))


def check_author(author: str, what: str = "An author") -> str:
    """Whoever acts, or `what` else somebody is; raises InvalidInput for nobody."""
    return _read_text(author, what, _MOST_AUTHOR_CHARS)


def check_reason(reason: str, what: str = "A reason") -> str:
    """Why, or `what` else is said in lines; raises InvalidInput for nothing."""
    return _read_text(reason, what, _MOST_REASON_CHARS, lines=True)


def _signed(request: DecisionRequest) -> DecisionRequest:
    return replace(request, author=check_author(request.author), reason=check_reason(request.reason))


def _read_text(text: str, what: str, most: int, *, lines: bool = False) -> str:
    stripped = text.strip()
    printable = stripped.replace("\n", "") if lines else stripped
    if not stripped or len(stripped) > most or not printable.isprintable():
        raise InvalidInput(f"{what} has 1 to {most} characters, all printable.")
    return stripped


def _check_birthday(text: str) -> None:
    day = find_day(text)
    if day is None:
        raise InvalidInput("A birthday is a date such as 1990-05-17.")
    # A zone is a day ahead at most, and somebody may be born there.
    if not _FIRST_BIRTHDAY <= day <= from_ms(now_ms() + MAX_AHEAD_MS).date():
        raise InvalidInput(f"A birthday is from {_FIRST_BIRTHDAY} until today.")
