"""An operation: what a caller asked of the ledger, once, and what it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Slice(NamedTuple):
    """A piece of a lot of an account."""

    account: str
    lot: str
    amount: int


@dataclass(frozen=True, slots=True)
class Operation:
    """What was done for a caller's key; kept for good.

    Attributes:
        key: `caller|key`: unique, so that a repeat finds what was done.
        digest: a hash of the request: another one under the same key is refused. It tells nobody the request.
        kind: `spend`, `earn` and so on.
        programme, asset, amount: what it was about.
        person: whose it was when it was done, by id; that id resolves for ever.
        at_ms: when it took effect.
        slices: the lots that it opened, took from or held, in order.
        cause: what it was for, such as an order; empty for none.
        rule: the version of the rule that worked out the amount; empty for none.
        original: the key of the operation that it undoes or completes, if any.
        used: of its amount, how much later operations refunded or captured.
    """

    key: str
    digest: str
    kind: str
    programme: str
    asset: str
    amount: int
    person: str
    at_ms: int
    slices: tuple[Slice, ...] = ()
    cause: str = ""
    rule: str = ""
    author: str = ""
    reason: str = ""
    original: str | None = None
    used: int = 0
