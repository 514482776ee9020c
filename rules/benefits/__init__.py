"""Benefits: what a tier or a person is entitled to in a period, coupons and who pays for them, common price lists."""

from rules.benefits.allowance import Allowance, Use, find_allowances
from rules.benefits.coupons import find_discount, find_shares
from rules.benefits.lists import CodeList, PriceList, find_article, find_price
from rules.benefits.model import Benefit, Benefits, CouponKind, Entitlement, Per

__all__ = [
    "Allowance",
    "Benefit",
    "Benefits",
    "CodeList",
    "CouponKind",
    "Entitlement",
    "Per",
    "PriceList",
    "Use",
    "find_allowances",
    "find_article",
    "find_discount",
    "find_price",
    "find_shares",
]
