"""The ledger's words: what can refuse an operation, and the bounds of its numbers.

Amounts are integers in the asset's unit: points, or fen for stored value. Instants are epoch milliseconds in UTC.
"""

from __future__ import annotations

from typing import Final

from hub.core.errors import Conflict

FOREVER_MS: Final = 253_402_300_799_999
"""The end of the year 9999: of a lot that never expires, or whose pending end is not known yet."""

MAX_AMOUNT: Final = 2**53 - 1
"""The greatest amount and the greatest sum: what every JSON reader holds exactly."""


class LedgerRefused(Conflict):
    """The ledger will not do what was asked; nothing was written."""

    code = "LEDGER_REFUSED"


class InsufficientBalance(LedgerRefused):
    """There is less available than was asked for; `available` says how much.

    Attributes:
        available: in the asset's unit; below 0 where points are owed.
    """

    code = "INSUFFICIENT_BALANCE"

    def __init__(self, available: int) -> None:
        super().__init__(f"Only {max(available, 0)} is available. Ask for less.")
        self.available = available


class HoldEnded(LedgerRefused):
    """The hold's deadline passed, or all of it was captured or released."""

    code = "HOLD_ENDED"


class AlreadySpent(LedgerRefused):
    """What is to be taken back was spent, and the programme does not let anyone owe."""

    code = "ALREADY_SPENT"


class ExceedsOriginal(LedgerRefused):
    """More is to be taken back, refunded or captured than is left of the original.

    Attributes:
        left: how much could be.
    """

    code = "EXCEEDS_ORIGINAL"

    def __init__(self, left: int) -> None:
        super().__init__(f"Only {left} of it is left. Ask for that much or less.")
        self.left = left


class AmountTooLarge(LedgerRefused):
    """A sum would be larger than a balance can be."""

    code = "AMOUNT_TOO_LARGE"


class KeyReused(LedgerRefused):
    """The idempotency key belongs to another request; both requests' hashes are in the message."""

    code = "KEY_REUSED"


class TransferForbidden(LedgerRefused):
    """The programme does not let members give this asset to each other."""

    code = "TRANSFER_FORBIDDEN"
