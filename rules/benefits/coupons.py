"""What a coupon takes off a purchase, and how that is borne by those who fund it."""

from __future__ import annotations

from rules.benefits.model import CouponKind
from rules.earning.sharing_out import share_out


def find_discount(kind: CouponKind, purchase_fen: int) -> int | None:
    """What is taken off a purchase, in whole fen and never more than it; None where the purchase is too small."""
    if purchase_fen < max(kind.least_fen, 1):
        return None
    if kind.worth_fen:
        return min(kind.worth_fen, purchase_fen)
    taken = purchase_fen * kind.percent // 100
    return taken if kind.most_fen is None else min(taken, kind.most_fen)


def find_shares(kind: CouponKind, discount_fen: int) -> dict[str, int]:
    """What each party bears of a discount in fen; adds up to it, by largest remainder. Empty where nobody is named.

    Shares in fen are those of the coupon's whole worth: of a smaller discount all bear less in proportion.
    """
    if not kind.funding:
        return {}
    return share_out(discount_fen, kind.funding)
