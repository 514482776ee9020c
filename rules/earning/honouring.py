"""What a programme sees of a buyer at the place where they bought."""

from __future__ import annotations

from dataclasses import replace

from rules.earning.model import Buyer, PaidOrder
from rules.sharing import Sharing, Thing, is_honoured


def see_buyer(sharing: Sharing, buyer: Buyer, order: PaidOrder) -> Buyer:
    """The buyer, without their tier where it is not honoured: in the order's store, or without one in its channel."""
    if buyer.tier is None or is_honoured(sharing, Thing("tier", buyer.tier), order.store or order.channel).honoured:
        return buyer
    return replace(buyer, tier=None)
