"""A programme's benefits and coupons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from rules.benefits.lists import CodeList, PriceList
from rules.ledger.expiry import Expiry

Per: TypeAlias = Literal["once", "month", "year", "birthday_month"]


@dataclass(frozen=True, slots=True)
class Benefit:
    """Something that members may have so many times a period.

    Attributes:
        tiers: whose it is; empty: nobody's but by an entitlement of their own.
        quota: how often in a period.
    """

    name: str
    tiers: tuple[str, ...] = ()
    per: Per = "once"
    quota: int = 1


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A benefit given to one person so many times, from an instant until before another."""

    key: str
    benefit: str
    count: int
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class CouponKind:
    """What a coupon is worth, and who bears it.

    Attributes:
        worth_fen: taken off the purchase, or all of it where that is less; 0: it is by `percent`.
        percent: so many percent of the purchase are taken off.
        most_fen: the most that a percentage takes off; None for no limit.
        least_fen: the purchase has to be so large.
        valid: how long it can be redeemed after it was issued.
        funding: what each party bears, in percent, or in fen of `worth_fen`.
        funded_in: what the numbers of `funding` are.
    """

    name: str
    worth_fen: int = 0
    percent: int = 0
    most_fen: int | None = None
    least_fen: int = 0
    valid: Expiry = field(default_factory=Expiry)
    funding: Mapping[str, int] = field(default_factory=dict[str, int])
    funded_in: Literal["percent", "fen"] = "percent"


@dataclass(frozen=True, slots=True)
class Benefits:
    """All of a programme, by name."""

    benefits: Mapping[str, Benefit] = field(default_factory=dict[str, Benefit])
    coupons: Mapping[str, CouponKind] = field(default_factory=dict[str, CouponKind])
    price_lists: Mapping[str, PriceList] = field(default_factory=dict[str, PriceList])
    code_lists: Mapping[str, CodeList] = field(default_factory=dict[str, CodeList])
