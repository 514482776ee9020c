"""What conditions of earning may speak of. Of what is not known texts are empty and numbers 0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.core.errors import InvalidInput
from hub.core.ledger import MAX_AMOUNT
from rules.calendar import day_of, time_of
from rules.conditions import TEXT, Kind, Many, Whole
from rules.earning.model import Buyer, PaidLine, PaidOrder

_NUMBER: Final = Whole(-MAX_AMOUNT, MAX_AMOUNT)
_MONTH: Final = Whole(0, 12)
_DAY: Final = Whole(0, 31)

ORDER_INPUTS: Final[Mapping[str, Kind]] = {
    "order.system": TEXT,
    "order.channel": TEXT,
    "order.store": TEXT,
    "order.amount_fen": _NUMBER,
    "order.quantity": _NUMBER,
    "order.lines": Whole(0, MAX_AMOUNT),
    "order.skus": Many(TEXT),
    "order.date": TEXT,
    "order.month": _MONTH,
    "order.day": _DAY,
    "order.weekday": Whole(1, 7),
    "order.hour": Whole(0, 23),
    "buyer.tier": TEXT,
    "buyer.member_days": Whole(0, MAX_AMOUNT),
    "buyer.birthday_month": _MONTH,
    "buyer.birthday_day": _DAY,
}
"""`order.channel` is the kind of its system; `order.date` is such as 2026-06-18, and a week's day 1 is Monday, in the
programme's time zone."""

LINE_INPUTS: Final[Mapping[str, Kind]] = {
    **ORDER_INPUTS,
    "line.sku": TEXT,
    "line.name": TEXT,
    "line.quantity": _NUMBER,
    "line.amount_fen": _NUMBER,
}


def describe_order(order: PaidOrder, zone: ZoneInfo) -> dict[str, Any]:
    """The inputs `order.`; raises InvalidInput for amounts that are larger than the declared ones."""
    paid = time_of(order.paid_ms, zone)
    return {
        "system": order.system,
        "channel": order.channel,
        "store": order.store or "",
        "amount_fen": _bounded(order.amount_fen),
        "quantity": _bounded(sum(line.quantity for line in order.lines)),
        "lines": len(order.lines),
        "skus": sorted({line.sku for line in order.lines if line.sku}),
        "date": f"{paid:%Y-%m-%d}",
        "month": paid.month,
        "day": paid.day,
        "weekday": paid.isoweekday(),
        "hour": paid.hour,
    }


def describe_line(line: PaidLine) -> dict[str, Any]:
    """The inputs `line.`; raises as `describe_order`."""
    return {
        "sku": line.sku,
        "name": line.name,
        "quantity": _bounded(line.quantity),
        "amount_fen": _bounded(line.amount_fen),
    }


def describe_buyer(buyer: Buyer, at_ms: int, zone: ZoneInfo) -> dict[str, Any]:
    """The inputs `buyer.` as of an instant; days are those of the programme."""
    _, month, day = (buyer.birthday or "0-0-0").split("-")
    joined_ms = at_ms if buyer.joined_ms is None else buyer.joined_ms
    return {
        "tier": buyer.tier or "",
        "member_days": max(0, day_of(at_ms, zone) - day_of(joined_ms, zone)),
        "birthday_month": int(month),
        "birthday_day": int(day),
    }


def _bounded(number: int) -> int:
    if abs(number) > MAX_AMOUNT:
        raise InvalidInput(f"An order's amounts and quantities are up to {MAX_AMOUNT}: this one cannot be right.")
    return number
