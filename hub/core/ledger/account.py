"""An account: one record's holding of one asset, which is the sum of its entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.core.ledger.bounds import FOREVER_MS
from hub.core.ledger.lot import Lot


class AccountKey(NamedTuple):
    """What an account is found by: a programme's asset, and the id that the record brought; written with bars."""

    programme: str
    asset: str
    birth_id: str

    @classmethod
    def parse(cls, key: str) -> AccountKey:
        """The parts of a written key."""
        return cls(*key.split("|", 2))

    def __str__(self) -> str:
        return "|".join(self)


class Part(NamedTuple):
    """What a hold keeps of a lot, and until when that could be spent."""

    lot: str
    amount: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Hold:
    """What an account keeps for an operation until a deadline; `parts` in the order in which they were taken."""

    deadline_ms: int
    parts: tuple[Part, ...]

    @property
    def amount(self) -> int:
        """How much it keeps."""
        return sum(part.amount for part in self.parts)


class Window(NamedTuple):
    """When something can be spent: from `pending_ms` (0: already) until before `expires_ms`."""

    pending_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Account:
    """The sum of an account's entries.

    Attributes:
        key: `programme|asset|birth id of the record`.
        entries: how many there are.
        at_ms: when the last one took effect.
        debt: what is owed since something that was spent had to be taken back; while there is any, nothing is free.
        due_ms: nothing expires or lapses before.
        free: what is neither spent nor held, by the time in which it can be spent; so a balance needs no lots.
        holds: by the operation that holds.
        lots: by id; not all are there, but those that an operation is about, and all with something left where it
            draws on the account or something is due.
    """

    key: str
    entries: int = 0
    at_ms: int = 0
    debt: int = 0
    due_ms: int = FOREVER_MS
    free: Mapping[Window, int] = field(default_factory=dict[Window, int])
    holds: Mapping[str, Hold] = field(default_factory=dict[str, Hold])
    lots: Mapping[str, Lot] = field(default_factory=dict[str, Lot])

    @property
    def held(self) -> int:
        """What holds keep."""
        return sum(hold.amount for hold in self.holds.values())

    @property
    def worth(self) -> int:
        """What all lots have left, held and pending included, less what is owed."""
        return sum(self.free.values()) + self.held - self.debt

    def available(self, at_ms: int) -> int:
        """What can be spent at an instant from `at_ms` of the account on; below 0 where something is owed."""
        free = sum(amount for window, amount in self.free.items() if window.pending_ms <= at_ms < window.expires_ms)
        debt = self.debt
        for part in self._lapsed(at_ms):
            paid = min(debt, part.amount)
            debt -= paid
            free += part.amount - paid if at_ms < part.expires_ms else 0
        return free - debt

    def owed(self, at_ms: int) -> int:
        """What is owed at an instant: what was held and lapsed until then pays first, written or not."""
        return max(self.debt - sum(part.amount for part in self._lapsed(at_ms)), 0)

    def pending(self, at_ms: int) -> int:
        """What will be available later, unless its order is cancelled."""
        return sum(amount for window, amount in self.free.items() if at_ms < min(window))

    def kept(self, at_ms: int) -> int:
        """What holds keep whose deadline has not passed."""
        return sum(hold.amount for hold in self.holds.values() if at_ms < hold.deadline_ms)

    def kept_of_lots(self, at_ms: int) -> Counter[str]:
        """What holds keep of which lots, of holds whose deadline has not passed."""
        kept = Counter[str]()
        for hold in self.holds.values():
            if at_ms < hold.deadline_ms:
                kept.update({part.lot: part.amount for part in hold.parts})
        return kept

    def _lapsed(self, at_ms: int) -> list[Part]:
        """What was kept beyond a deadline that has passed, though nobody has written it yet; as it will be written."""
        due = [(hold.deadline_ms, part) for hold in self.holds.values() for part in hold.parts]
        due.sort(key=lambda one: (one[0], one[1].expires_ms))
        return [part for deadline_ms, part in due if deadline_ms <= at_ms]
