"""The ledger's words as the graph stores them: an account's sums, lots, entries and operations as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from hub.core.ledger import Account, Entry, Hold, Kind, Lot, Move, Operation, Part, Slice, Term, Window

_Row = Sequence[Any]

ACCOUNT_COLUMNS: Final = "[a.key, a.entries, a.at_ms, a.debt, a.due_ms, a.free, a.holds]"
"""What a statement returns of an account `a`, for `read_account`."""

LOT_COLUMNS: Final = (
    "[l.id, l.earned_ms, l.pending_ms, l.expires_ms, l.amount, l.left, l.held, l.spent, l.expired, l.taken, "
    "l.reversed, l.origin, coalesce(l.lapsed, 0), coalesce(l.forgiven, 0)]"
)
"""What a statement returns of a lot `l`, for `read_lot`: the fields of `Lot` in their order."""


def _dump(value: object) -> str:
    # A named tuple is a tuple, which orjson has to be told.
    return orjson.dumps(value, default=tuple).decode()


def account_row(account: Account) -> list[Any]:
    """Key, entries, at_ms, debt, due_ms, free, holds."""
    free = [[*window, amount] for window, amount in sorted(account.free.items())]
    holds = {key: [hold.deadline_ms, hold.parts] for key, hold in sorted(account.holds.items())}
    return [
        account.key,
        account.entries,
        account.at_ms,
        account.debt,
        account.due_ms,
        _dump(free),
        _dump(holds),
    ]


def read_account(row: _Row, lots: Mapping[str, Lot] | None = None) -> Account:
    """The account of a row, with the lots that were read of it."""
    key, entries, at_ms, debt, due_ms, free, holds = row
    return Account(key, entries, at_ms, debt, due_ms, _read_free(free), _read_holds(holds), lots or {})


def read_sums(key: str, debt: int, free: str, holds: str) -> Account:
    """An account as far as a balance is added up from it."""
    return Account(key, debt=debt, free=_read_free(free), holds=_read_holds(holds))


def _read_free(text: str) -> dict[Window, int]:
    return {Window(pending_ms, expires_ms): amount for pending_ms, expires_ms, amount in orjson.loads(text)}


def _read_holds(text: str) -> dict[str, Hold]:
    return {name: Hold(deadline, tuple(Part(*part) for part in parts)) for name, (deadline, parts) in _items(text)}


def _items(text: str) -> list[tuple[str, Any]]:
    return list(orjson.loads(text).items())


def lot_row(account: str, lot: Lot) -> list[Any]:
    """Key, the fields of a lot in their order, and its place among the open lots, if it is one."""
    return [lot_key(account, lot.id), *_lot_fields(lot), lot_place(account, lot)]


def _lot_fields(lot: Lot) -> list[Any]:
    return [getattr(lot, name) for name in Lot.__slots__]


def read_lot(row: _Row) -> Lot:
    """The lot of a row that begins with its id."""
    return Lot(*row)


def lot_key(account: str, lot: str) -> str:
    """What the graph finds a lot by."""
    return f"{account}|{lot}"


def lot_place(account: str, lot: Lot) -> str | None:
    """What sorts an account's open lots in spending order; None for a lot that is not open."""
    return f"{account}|{lot.expires_ms:015d}|{lot.earned_ms:015d}|{lot.id}" if lot.left else None


def entry_key(account: str, number: int) -> str:
    """What the graph finds an entry by; entries of an account are in the order of their keys."""
    return f"{account}|{number:010d}"


def entry_row(entry: Entry, operation: str | None) -> list[Any]:
    """Key, at_ms, kind, amount, operation, body; the body is JSON."""
    body = {
        "moves": entry.moves,
        "opened": [_lot_fields(lot) for lot in entry.opened],
        "term": entry.term,
        "debt": entry.debt,
        "hold": entry.hold,
        "deadline_ms": entry.deadline_ms,
    }
    said = {name: value for name, value in body.items() if value not in (None, 0, (), [])}
    key = entry_key(entry.account, entry.number)
    return [key, entry.at_ms, entry.kind.value, entry.amount, operation, _dump(said)]


def read_entry(key: str, at_ms: int, kind: str, body: str) -> Entry:
    """The entry of a row."""
    account, _, number = key.rpartition("|")
    said = orjson.loads(body)
    return Entry(
        account,
        int(number),
        at_ms,
        Kind(kind),
        tuple(Move(*move) for move in said.get("moves", ())),
        tuple(Lot(*lot) for lot in said.get("opened", ())),
        Term(*said["term"]) if "term" in said else None,
        said.get("debt", 0),
        said.get("hold"),
        said.get("deadline_ms"),
    )


def operation_row(operation: Operation) -> dict[str, Any]:
    """The properties of an operation."""
    return {name: getattr(operation, name) for name in Operation.__slots__} | {"slices": _dump(operation.slices)}


def read_operation(properties: Mapping[str, Any]) -> Operation:
    """The operation of a node's properties."""
    fields: dict[str, Any] = {name: properties.get(name) for name in Operation.__slots__}
    return Operation(**{**fields, "slices": tuple(Slice(*part) for part in orjson.loads(fields["slices"]))})
