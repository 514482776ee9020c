"""A loyalty programme as its operator lays it down: whose time it keeps, and how its assets behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from rules.ledger.expiry import Expiry
from rules.ledger.terms import Terms
from rules.orders.terms import OrderTerms


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that members hold.

    Attributes:
        unit: what an amount of 1 is: a point, or a fen.
        expiry: how long what is earned lives.
    """

    name: str
    unit: Literal["point", "fen"] = "point"
    expiry: Expiry = field(default_factory=Expiry)
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True)
class Programme:
    """A brand's or banner's programme."""

    name: str
    zone: ZoneInfo
    assets: Mapping[str, Asset]
    orders: OrderTerms = field(default_factory=OrderTerms)
