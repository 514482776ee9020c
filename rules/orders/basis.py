"""What an order earns for: the payment that its points follow, as the rules of earning are given it."""

from __future__ import annotations

import hashlib
from zoneinfo import ZoneInfo

import orjson

from hub.core.model import OrderState
from rules.calendar import day_of, write_day
from rules.earning import PaidLine, PaidOrder
from rules.orders.lifecycle import find_closed_ms, find_deposit_ms, find_paid_ms
from rules.orders.terms import OrderTerms

AS_PROMISED = OrderTerms(forfeited_deposit="earn")
"""The terms of an order whose points were worked out: what a programme changes later takes none away."""


def find_basis(order: OrderState, terms: OrderTerms, zone: ZoneInfo) -> PaidOrder | None:
    """The final payment, or a forfeited deposit if the programme has that earn; None where nothing earns (yet).

    Lines that were exchanged are not in it, those that were given for them are; what was refunded still is.
    """
    paid_ms, amount_fen, lines = find_paid_ms(order), order.amount_fen, tuple(PaidLine(*one) for one in order.standing)
    if paid_ms is None:
        deposit = order.header.course.deposit_fen
        if deposit is None or find_closed_ms(order) is None or terms.forfeited_deposit == "nothing":
            return None
        paid_ms, amount_fen, lines = find_deposit_ms(order), deposit[0], ()
    if paid_ms is None or (terms.earning_from and write_day(day_of(paid_ms, zone)) < terms.earning_from):
        return None
    store = order.header.store and order.header.store[0]
    return PaidOrder(order.system, order.order_id, store, paid_ms, amount_fen, lines)


def digest_basis(basis: PaidOrder) -> str:
    """The same for equal payments only; short enough to be kept with every order."""
    said = [basis.store, basis.paid_ms, basis.amount_fen, [list(line) for line in basis.lines]]
    return hashlib.blake2b(orjson.dumps(said), digest_size=12).hexdigest()
