"""Opaque marks of a place in a list, and the size of a page."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final, TypeAlias

import orjson

from graph.orders import PageStart
from hub.core.errors import InvalidInput
from hub.services.ledger.history import Place as LedgerPlace

DEFAULT_PAGE: Final = 20
MAX_PAGE: Final = 100
_MAX_INTEGER: Final = 2**63 - 1
Place: TypeAlias = tuple[Any, ...]
"""What sorts a list, and is unique in it: whole numbers and texts."""

_ID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


def write_person_cursor(person_id: str) -> str:
    """The place of a person in the list of all."""
    return _write(["person", person_id])


def read_person_cursor(cursor: str) -> str:
    """The id behind `write_person_cursor`; raises InvalidInput for anything else."""
    match _read(cursor):
        case ["person", str(person_id)] if _ID.fullmatch(person_id):
            return person_id
    raise _foreign()


def write_listed_cursor(place: str) -> str:
    """A place in a list of persons who have something in common."""
    return _write(["listed", place])


def read_listed_cursor(cursor: str) -> str:
    """The place behind `write_listed_cursor`; raises InvalidInput for anything else."""
    match _read(cursor):
        case ["listed", str(place)]:
            return place
    raise _foreign()


def write_order_cursor(start: PageStart) -> str:
    """The place of an order among its person's."""
    return _write(["order", start.placed_ms, start.key])


def read_order_cursor(cursor: str) -> PageStart:
    """The place behind `write_order_cursor`; raises InvalidInput for anything else."""
    match _read(cursor):
        case ["order", int(placed_ms), str(key)] if not isinstance(placed_ms, bool) and abs(placed_ms) <= _MAX_INTEGER:
            return PageStart(placed_ms, key)
    raise _foreign()


def write_ledger_cursor(place: LedgerPlace) -> str:
    """A place in a person's ledger."""
    return _write(["ledger", dict(place)])


def read_ledger_cursor(cursor: str) -> LedgerPlace:
    """The place behind `write_ledger_cursor`; raises InvalidInput for anything else."""
    match _read(cursor):
        case ["ledger", dict(place)] if all(type(number) is int and number >= 0 for number in place.values()):
            return place
    raise _foreign()


def write_place_cursor(kind: str, place: Place) -> str:
    """A place in a list of this kind that is sorted by such tuples."""
    return _write([kind, *place])


def read_place_cursor(kind: str, shape: tuple[type, ...], cursor: str) -> Place:
    """The place behind `write_place_cursor`, whose parts are of these types; raises InvalidInput for anything else."""
    match _read(cursor):
        case [str(name), *parts] if name == kind and tuple(map(type, parts)) == shape:
            return tuple(parts)
    raise _foreign()


def write_decision_cursor(decision_id: str) -> str:
    """The place of a decision among those of its person or case."""
    return _write(["decision", decision_id])


def read_decision_cursor(cursor: str) -> str:
    """The id behind `write_decision_cursor`; raises InvalidInput for anything else."""
    match _read(cursor):
        case ["decision", str(decision_id)] if _ID.fullmatch(decision_id):
            return decision_id
    raise _foreign()


def _write(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _read(cursor: str) -> object:
    try:
        raw = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return orjson.loads(raw)
    except (binascii.Error, ValueError):
        raise _foreign() from None


def _foreign() -> InvalidInput:
    return InvalidInput("This cursor is not one of ours: pass an endCursor or a cursor of the same list, unchanged.")
