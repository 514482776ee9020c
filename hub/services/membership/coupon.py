"""A coupon as it stands and as it stood, read from what is stored of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson

_REDEMPTION: Final = ("redeemed_ms", "place", "purchase_fen", "discount_fen", "shares")


@dataclass(frozen=True, slots=True)
class Redemption:
    """That a coupon was taken for a purchase, and given back at `restored_ms`."""

    redeemed_ms: int
    place: str | None
    purchase_fen: int
    discount_fen: int
    shares: Mapping[str, int]
    restored_ms: int


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon as it stands.

    Attributes:
        person: who holds it; None where they are erased.
        shares: what each party bears of the discount, in fen.
        restored: redemptions that do not count any more, in their order.
    """

    code: str
    kind: str
    programme: str
    person: str | None
    issued_ms: int
    expires_ms: int
    redeemed_ms: int | None = None
    place: str | None = None
    purchase_fen: int = 0
    discount_fen: int = 0
    shares: Mapping[str, int] | None = None
    restored: tuple[Redemption, ...] = ()

    def as_of(self, at_ms: int) -> Coupon:
        """The coupon as it stood at an instant."""
        before = tuple(one for one in self.restored if one.restored_ms <= at_ms)
        if self.redeemed_ms is not None and self.redeemed_ms <= at_ms:
            return replace(self, restored=before)
        then = next((one for one in self.restored if one.redeemed_ms <= at_ms < one.restored_ms), None)
        open_then = replace(
            self, redeemed_ms=None, place=None, purchase_fen=0, discount_fen=0, shares=None, restored=before
        )
        return open_then if then is None else replace(open_then, **{name: getattr(then, name) for name in _REDEMPTION})


def is_taken_by(stored: Mapping[str, Any], operation: str) -> bool:
    """Whether it is redeemed now by an operation (by key) that did so once; who did was not always noted."""
    return stored.get("redeemed_ms") is not None and stored.get("redeemed_by") in (None, operation)


def untake(stored: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
    """What a redeemed coupon says once that is undone: the redemption goes behind those that were before."""
    redemption = {name: stored.get(name) for name in _REDEMPTION} | {"shares": orjson.loads(stored["shares"])}
    before = [*orjson.loads(stored.get("restored") or "[]"), {**redemption, "restored_ms": at_ms}]
    return {**dict.fromkeys((*_REDEMPTION, "redeemed_by")), "restored": orjson.dumps(before).decode()}


def read_coupon(stored: Mapping[str, Any], person: str | None) -> Coupon:
    """A coupon as it is stored."""
    return Coupon(
        stored["code"],
        stored["kind"],
        stored["programme"],
        person,
        stored["issued_ms"],
        stored["expires_ms"],
        stored.get("redeemed_ms"),
        stored.get("place"),
        stored.get("purchase_fen") or 0,
        stored.get("discount_fen") or 0,
        orjson.loads(stored["shares"]) if stored.get("shares") else None,
        tuple(Redemption(**one) for one in orjson.loads(stored.get("restored") or "[]")),
    )
