"""Keys and codes that a caller names: those of programmes that its grant does not reach are as good as none."""

from __future__ import annotations

from typing import Final

from graph import operations
from hub.core.membership import UnknownCoupon
from hub.services.membership.coupons import get_coupon
from resolvers.context import Context

# Nothing has this key, so that the answer is to the letter the one to a key that was never given out.
_NOBODYS: Final = "?"


async def reach_operation(context: Context, key: str) -> str:
    """The key of an operation, or nobody's."""
    if context.grant.programmes is None:
        return key
    found = await operations.find(context.graph, key)
    return key if found is not None and context.grant.reaches(found.programme) else _NOBODYS


async def reach_coupon(context: Context, code: str) -> str:
    """The code of a coupon, or nobody's."""
    if context.grant.programmes is None:
        return code
    try:
        found = await get_coupon(context.graph, code)
    except UnknownCoupon:
        return _NOBODYS
    return code if context.grant.reaches(found.programme) else _NOBODYS
