"""An entry: one line of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from hub.core.ledger.lot import Lot


class Kind(StrEnum):
    """What an entry is about."""

    OPENING = "opening"
    EARN = "earn"
    CONFIRM = "confirm"
    SPEND = "spend"
    REFUND = "refund"
    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    LAPSE = "lapse"
    REVERSE = "reverse"
    REPAY = "repay"
    FORGIVE = "forgive"
    EXPIRE = "expire"
    ADJUST = "adjust"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"


class Move(NamedTuple):
    """What an entry does to one lot: by how much its parts change."""

    lot: str
    left: int = 0
    held: int = 0
    reversed: int = 0
    lapsed: int = 0
    forgiven: int = 0


class Term(NamedTuple):
    """The instants that a lot gets when its order is confirmed."""

    lot: str
    pending_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger; never changed.

    Attributes:
        number: counts the account's entries from 1.
        at_ms: when it took effect.
        moves: what it does to lots that were there; each lot once.
        opened: lots that begin with it.
        term: new instants for a lot.
        debt: by how much the debt changes.
        hold: the operation that holds what it is about.
        deadline_ms: of the hold that begins with it.
    """

    account: str
    number: int
    at_ms: int
    kind: Kind
    moves: tuple[Move, ...] = ()
    opened: tuple[Lot, ...] = ()
    term: Term | None = None
    debt: int = 0
    hold: str | None = None
    deadline_ms: int | None = None

    @property
    def amount(self) -> int:
        """By how much the account's worth changes: what is left, less what is owed."""
        return sum(move.left for move in self.moves) + sum(lot.amount for lot in self.opened) - self.debt

    def touches(self, lot: str) -> bool:
        """Whether it opens, moves or times a lot of its account."""
        timed = self.term is not None and self.term.lot == lot
        return timed or any(move.lot == lot for move in self.moves) or any(one.id == lot for one in self.opened)
