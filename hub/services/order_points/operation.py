"""The ledger's operations on orders, under keys that follow from order and number: none can be done twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from hub.core.ledger import Operation
from hub.services.ledger.callers import ORDERS
from hub.services.ledger.request import Call, Detail, Request
from rules.orders.posting import Posted
from rules.programme import Programme

_MOST_ORDER_CHARS = 120
_MOST_REASON_CHARS = 500


def name_operations(programme: str, order: str, steps: int) -> Iterator[str]:
    """The names of an order's next operations; `steps` were posted before."""
    short = order if len(order) <= _MOST_ORDER_CHARS else hashlib.sha256(order.encode()).hexdigest()
    return (f"{ORDERS}|{programme}|{short}|{number}" for number in count(steps + 1))


def make_operation(programme: Programme, order: str, person: str | None, rule: str, posted: Posted) -> Operation:
    """What is kept of an operation; of an order whose buyer was erased it has no person."""
    caller, _, key = posted.name.partition("|")
    call = Call(caller, key, cause=order, rule=rule, reason=posted.reason[:_MOST_REASON_CHARS])
    details: dict[str, Detail] = {"lot": posted.lot.lot, "pending_ms": posted.lot.pending_ms}
    request = Request(posted.kind, call, programme, "points", posted.amount, posted.lot.account, details)
    operation = request.to_operation(person or "", posted.at_ms, posted.slices)
    return replace(operation, original=None if posted.kind == "earn" else posted.lot.operation)
