"""What a programme lays down for orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """When orders earn, and from when on what they earn can be spent.

    Attributes:
        pending_days: how many whole days of the programme's calendar must have passed after the day on which the order
            was received: of 7, what was received at any time of the 1st can be spent from the first instant of the 9th.
            0: from the instant at which it was received.
        forfeited_deposit: what a deposit earns that was kept when its order was closed unpaid: as much as any payment
            of that amount, pending from the closing; or nothing.
        earning_from: the first day whose payments earn, as an ISO date; None: all do.
    """

    pending_days: int = 7
    forfeited_deposit: Literal["earn", "nothing"] = "nothing"
    earning_from: str | None = None
