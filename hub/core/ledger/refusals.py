"""What the ledger refuses, and why."""

from __future__ import annotations

from hub.core.errors import Conflict, NotFound


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
        super().__init__(f"Only {available} is available. Ask for less." if available > 0 else "Nothing is available.")
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
        super().__init__(f"Only {left} of it is left. Ask for that much or less." if left else "Nothing of it is left.")
        self.left = left


class AmountTooLarge(LedgerRefused):
    """A sum would be larger than a balance can be."""

    code = "AMOUNT_TOO_LARGE"


class KeyReused(LedgerRefused):
    """The idempotency key belongs to another request.

    Attributes:
        first, this: hashes of the request that was done and of the one that was refused.
    """

    code = "KEY_REUSED"

    def __init__(self, first: str, this: str) -> None:
        super().__init__(
            f"The idempotency key was used for another request: that one's hash is {first}, this one's {this}. "
            "Send a new request under a new key."
        )
        self.first = first
        self.this = this


class TransferForbidden(LedgerRefused):
    """The programme does not let members give this asset to each other."""

    code = "TRANSFER_FORBIDDEN"


class NotHonoured(LedgerRefused):
    """The programme does not honour it at that place; the message says why."""

    code = "NOT_HONOURED"


class UnknownPerson(NotFound):
    """The hub never gave out this person's id, or knows nobody by what was said of them."""

    code = "UNKNOWN_PERSON"


class UnknownRecord(NotFound):
    """There is no such record."""

    code = "UNKNOWN_RECORD"


class UnknownOperation(NotFound):
    """There is no operation under this key."""

    code = "UNKNOWN_OPERATION"
