"""What a programme lays down for an asset."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

ClawBack = Literal["debt", "cap", "refuse"]


@dataclass(frozen=True, slots=True)
class Terms:
    """How an asset behaves where people differ.

    Attributes:
        claw_back: when what was spent has to be taken back: `debt` lets the account owe it, `cap` takes what is there
            and forgives the rest, `refuse` does not take back at all.
        grace_days: for how long what is refunded can be spent where its expiry passed meanwhile; 0 for not at all.
        transfers: whether members may give it to each other.
    """

    claw_back: ClawBack = "debt"
    grace_days: int = 0
    transfers: bool = False

    @property
    def lenient(self) -> Terms:
        """The same where what is to be taken back is gone for certain: what nobody may owe is let go, not refused."""
        return replace(self, claw_back="cap") if self.claw_back == "refuse" else self
