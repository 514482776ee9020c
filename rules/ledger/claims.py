"""What entries, operations and orders say of each other: claims that add up to nothing where all of it fits.

An entry claims for its operation what that must have said, and the operation claims the opposite; so does an order of
the operations that were posted for it. Nobody has to see both sides at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from hub.core.ledger import Entry, Kind, Operation
from hub.core.order_points import OrderPoints

_OPENING: Final = (Kind.EARN, Kind.OPENING, Kind.ADJUST, Kind.TRANSFER_IN)
_TAKING: Final = (Kind.SPEND, Kind.CAPTURE)
_USING: Final = ("refund", "capture")
"""Kinds of operations that use what an earlier one spent or held."""


class Owner(NamedTuple):
    """An operation or an order, by key."""

    sort: str
    key: str


class Claim(NamedTuple):
    """An amount that has to be made up for by other claims of the same owner on the same thing."""

    owner: Owner
    what: tuple[str, ...]
    amount: int


def claim_by_entry(operation: str, entry: Entry) -> Iterator[Claim]:
    """What an entry says of the operation that it belongs to: the pieces of lots, and what was given away."""
    owner = Owner("operation", operation)
    if entry.kind in _OPENING:
        yield from (Claim(owner, ("lot", entry.account, lot.id), lot.amount) for lot in entry.opened)
    elif entry.kind in _TAKING:
        yield from (Claim(owner, ("lot", entry.account, move.lot), -move.left) for move in entry.moves)
    elif entry.kind is Kind.HOLD:
        yield from (Claim(owner, ("lot", entry.account, move.lot), move.held) for move in entry.moves)
    elif entry.kind is Kind.TRANSFER_OUT:
        yield Claim(owner, ("given",), -entry.amount)


def claim_by_operation(operation: Operation, *, orders: str) -> Iterator[Claim]:
    """What an operation says of itself, of the one that it uses, and of its order; `orders` calls for those."""
    owner = Owner("operation", operation.key)
    yield from (Claim(owner, ("lot", part.account, part.lot), -part.amount) for part in operation.slices)
    if operation.slices:
        yield Claim(owner, ("amount",), sum(part.amount for part in operation.slices) - operation.amount)
    if operation.kind == "transfer":
        yield Claim(owner, ("given",), -operation.amount)
    yield Claim(owner, ("used",), operation.used)
    if operation.kind in _USING:
        yield Claim(Owner("operation", operation.original or ""), ("used",), -operation.amount)
    if operation.key.startswith(f"{orders}|"):
        yield from _claim_of_order(operation)


def _claim_of_order(operation: Operation) -> Iterator[Claim]:
    owner, programme = Owner("order", operation.cause), operation.programme
    yield Claim(owner, (programme, "operations"), 1)
    if operation.kind == "earn":
        yield Claim(owner, (programme, "earned", operation.key), operation.amount)
    elif operation.kind == "reverse":
        yield Claim(owner, (programme, "taken back", operation.original or ""), operation.amount)


def claim_by_order(order: str, points: Mapping[str, OrderPoints]) -> Iterator[Claim]:
    """What is kept of an order's points, against the operations that were posted for it."""
    owner = Owner("order", order)
    for programme, known in points.items():
        yield Claim(owner, (programme, "operations"), -known.steps)
        for lot in known.lots:
            yield Claim(owner, (programme, "earned", lot.operation), -lot.amount)
            yield Claim(owner, (programme, "taken back", lot.operation), lot.by_hand - lot.taken)
