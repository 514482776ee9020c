"""A lot: what one record earned at one time, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.errors import InvariantBroken
from hub.core.ledger.bounds import FOREVER_MS


@dataclass(frozen=True, slots=True)
class Lot:
    """What was earned at once, with a common fate.

    `amount` is always `left + spent + expired + taken`, and `held` is a part of `left`.

    Attributes:
        id: unique in its account: the number of the entry that opened it, and the place in that entry.
        earned_ms: when it was earned.
        pending_ms: it can be spent from then on; `FOREVER_MS` while nobody knows.
        expires_ms: it can be spent before then; `FOREVER_MS` for never.
        origin: what it was earned by, such as an order's line; empty for none.
        spent: taken by spending, giving away or paying a debt, net of refunds.
        taken: taken back because it should not have been earned, out of what was left.
        reversed: all that was taken back, also out of what was spent or expired before.
        lapsed: what of that had expired, so that nobody owes it.
        forgiven: what of that had been spent and is let go; a refund of the spending pays it.
    """

    id: str
    earned_ms: int
    pending_ms: int
    expires_ms: int
    amount: int
    left: int
    held: int = 0
    spent: int = 0
    expired: int = 0
    taken: int = 0
    reversed: int = 0
    origin: str = ""
    lapsed: int = 0
    forgiven: int = 0

    def __post_init__(self) -> None:
        whole = self.left + self.spent + self.expired + self.taken == self.amount
        undone = (
            self.taken + self.lapsed + self.forgiven <= self.reversed <= self.amount and self.lapsed <= self.expired
        )
        if not (whole and undone and 0 <= self.held <= self.left):
            raise InvariantBroken("A lot's parts do not add up.", lot=self.id)
        if min(self.spent, self.expired, self.taken, self.lapsed, self.forgiven) < 0:
            raise InvariantBroken("A part of a lot is below zero.", lot=self.id)

    @property
    def opened_by(self) -> int:
        """The number of the entry that opened it."""
        return int(self.id.partition(".")[0])

    @property
    def owed(self) -> int:
        """What was taken back of it though it had been spent or was held, and was not let go: paid meanwhile or not."""
        return self.reversed - self.taken - self.lapsed - self.forgiven

    @property
    def free(self) -> int:
        """What is left and not held, whether it can be spent yet or not."""
        return self.left - self.held

    def available(self, at_ms: int) -> int:
        """What can be spent at an instant."""
        return self.free if self.pending_ms <= at_ms < self.expires_ms else 0


def in_spending_order(lot: Lot) -> tuple[int, int, str]:
    """A sort key: the soonest to expire first, then the earliest earned."""
    return lot.expires_ms, lot.earned_ms, lot.id


def new_lot(
    number: int,
    place: int,
    amount: int,
    *,
    earned_ms: int,
    pending_ms: int = 0,
    expires_ms: int = FOREVER_MS,
    origin: str = "",
) -> Lot:
    """A lot as the entry `number` opens it."""
    return Lot(f"{number:010d}.{place}", earned_ms, pending_ms, expires_ms, amount, amount, origin=origin)
