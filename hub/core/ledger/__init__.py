"""The ledger's words: lots, entries, accounts, operations, and what can be refused."""

from hub.core.ledger.account import Account, AccountKey, Hold, Part, Window
from hub.core.ledger.bounds import FOREVER_MS, MAX_AMOUNT
from hub.core.ledger.earned import list_earned
from hub.core.ledger.entry import Entry, Kind, Move, Term
from hub.core.ledger.lot import Lot, in_spending_order, new_lot
from hub.core.ledger.operation import Operation, Slice
from hub.core.ledger.refusals import (
    AlreadySpent,
    AmountTooLarge,
    ExceedsOriginal,
    HoldEnded,
    InsufficientBalance,
    KeyReused,
    LedgerRefused,
    NotHonoured,
    TransferForbidden,
    UnknownOperation,
    UnknownPerson,
    UnknownRecord,
)

__all__ = [
    "FOREVER_MS",
    "MAX_AMOUNT",
    "Account",
    "AccountKey",
    "AlreadySpent",
    "AmountTooLarge",
    "Entry",
    "ExceedsOriginal",
    "Hold",
    "HoldEnded",
    "InsufficientBalance",
    "KeyReused",
    "Kind",
    "LedgerRefused",
    "Lot",
    "Move",
    "NotHonoured",
    "Operation",
    "Part",
    "Slice",
    "Term",
    "TransferForbidden",
    "UnknownOperation",
    "UnknownPerson",
    "UnknownRecord",
    "Window",
    "in_spending_order",
    "list_earned",
    "new_lot",
]
