"""What an order has brought in, as it is kept beside the order: so that only the difference is ever posted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class PostedLot(NamedTuple):
    """A lot that an operation opened for an order, and how much of it was taken back.

    `pending_ms` is from when it can be spent; `FOREVER_MS` while nobody knows. `by_hand`: what of `taken` somebody had
    taken back already when the order had it taken.
    """

    account: str
    lot: str
    operation: str
    amount: int
    pending_ms: int
    taken: int = 0
    by_hand: int = 0

    @property
    def net(self) -> int:
        """What of it stands."""
        return self.amount - self.taken


@dataclass(frozen=True, slots=True)
class OrderPoints:
    """An order's points in a programme.

    Attributes:
        version: of the programme, by which they were worked out first and are worked out for good.
        basis: a digest of what they were worked out from: where that changes, they are worked out again.
        paid_ms: when what they follow was paid.
        by_line: what each line earned, before anything was refunded.
        rule: the words that ledger entries name the rules by.
        kept: what of each line's points stands after refunds.
        lots: what was posted.
        steps: how many operations were posted: the next one's number is its idempotency key.
        refused: why the ledger took no more; empty where it did.
    """

    version: int
    basis: str
    paid_ms: int
    by_line: Mapping[str, int]
    rule: str
    kept: Mapping[str, int] = field(default_factory=dict[str, int])
    lots: tuple[PostedLot, ...] = ()
    steps: int = 0
    refused: str = ""
