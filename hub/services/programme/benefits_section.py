"""`benefits`: what members are entitled to, coupons and who bears them, and lists of common prices and codes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from hub.services.documents.mistakes import Problem
from hub.services.documents.values import Count, Days, Name, Nullable, Part, Whole, check_once
from hub.services.programme.tiers_section import Fen, Least
from rules.benefits import Benefit, Benefits, CodeList, CouponKind, Per, PriceList
from rules.ledger.expiry import Expiry

_TABLE: Final[dict[str, Any]] = {"additionalProperties": False}

Text = Annotated[str, Field(min_length=1, max_length=64)]
Places = Annotated[tuple[Text, ...], Field(min_length=1, max_length=10_000), AfterValidator(check_once)]


class BenefitPart(Part):
    """One benefit. / 一项权益。"""

    tiers: Annotated[tuple[Name, ...], AfterValidator(check_once)] = Field(
        (), description="Whose it is; none: only who is given it. / 适用等级，不写则只能单独授予。"
    )
    per: Per = Field("once", description="The period that the quota is for. / 周期：一次、每月、每年、生日月。")
    quota: Count = Field(1, description="How often in a period. / 每周期次数。")


class CouponPart(Part):
    """One kind of coupon. / 一种优惠券。"""

    worth_fen: Least | None = Field(None, description="It takes so much off ... / 立减（分）...")
    percent: Annotated[int, Field(ge=1, le=100), BeforeValidator(Whole(1, 100))] | None = Field(
        None, description="... or so many percent. / ... 或减百分之几。"
    )
    most_fen: Annotated[Least | None, Nullable] = Field(None, description="At most so much. / 最多减（分）。")
    least_fen: Fen = Field(0, description="Off a purchase of at least so much. / 使用门槛（分）。")
    valid_days: Days | None = Field(None, description="So long after it was issued; left out: for ever. / 有效天数。")
    funding_percent: dict[Name, Count] | None = Field(
        None, description="What each party bears, in percent that add up to 100. / 各方分摊比例，合计 100。"
    )
    funding_fen: dict[Name, Least] | None = Field(
        None, description="... or in fen that add up to worth_fen. / ... 或分摊金额，合计等于面额。"
    )

    def to_kind(self, name: str) -> CouponKind:
        """The kind of coupon; its last day counts whole."""
        return CouponKind(
            name,
            self.worth_fen or 0,
            self.percent or 0,
            self.most_fen,
            self.least_fen,
            Expiry("days", self.valid_days) if self.valid_days else Expiry(),
            self.funding_fen or self.funding_percent or {},
            "fen" if self.funding_fen else "percent",
        )


class PriceListPart(Part):
    """Articles that cost the same in several places. / 同价清单。"""

    places: Places = Field(description="Stores, channels and brands. / 门店、渠道、品牌。")
    prices_fen: Annotated[dict[Text, Fen], Field(min_length=1, max_length=10_000)] = Field(
        description="Prices by SKU. / 各商品价格（分）。"
    )


class CodeListPart(Part):
    """Common codes of articles. / 同码清单。"""

    articles: Annotated[dict[Text, dict[Text, Text]], Field(min_length=1, max_length=10_000)] = Field(
        description="By code: the SKU in each place. / 各商品码在各处对应的 SKU。"
    )


class BenefitsPart(Part):
    """Benefits, coupons and common lists. / 权益、优惠券与同价同码清单。"""

    entitlements: dict[Name, BenefitPart] = Field(
        default_factory=dict, description="Benefits, by name. / 权益。", json_schema_extra=_TABLE
    )
    coupons: dict[Name, CouponPart] = Field(
        default_factory=dict, description="Kinds of coupons, by name. / 优惠券种类。", json_schema_extra=_TABLE
    )
    price_lists: dict[Name, PriceListPart] = Field(
        default_factory=dict, description="Same price. / 同价。", json_schema_extra=_TABLE
    )
    code_lists: dict[Name, CodeListPart] = Field(
        default_factory=dict, description="Same code. / 同码。", json_schema_extra=_TABLE
    )

    def to_benefits(self) -> Benefits:
        """The benefits as rules read them."""
        return Benefits(
            {name: Benefit(name, one.tiers, one.per, one.quota) for name, one in self.entitlements.items()},
            {name: one.to_kind(name) for name, one in self.coupons.items()},
            {name: PriceList(frozenset(one.places), one.prices_fen) for name, one in self.price_lists.items()},
            {name: CodeList(one.articles) for name, one in self.code_lists.items()},
        )


def check_benefits(part: BenefitsPart, tiers: Collection[str]) -> Iterator[Problem]:
    """What is wrong with benefits whose values are each allowed by themselves; `tiers` are those that there are."""
    for name, benefit in part.entitlements.items():
        for place, tier in enumerate(benefit.tiers):
            if tier not in tiers:
                yield (
                    ("benefits", "entitlements", name, "tiers", place),
                    f"there is no tier {tier}: expected one of {', '.join(tiers)}",
                )
    for name, coupon in part.coupons.items():
        yield from ((("benefits", "coupons", name, *path), problem) for path, problem in _check_coupon(coupon))


def _check_coupon(part: CouponPart) -> Iterator[Problem]:
    if (part.worth_fen is None) is (part.percent is None):
        yield (), "a coupon takes off either `worth_fen` or `percent`"
    if part.most_fen is not None and part.percent is None:
        yield ("most_fen",), "only a percentage needs a limit: leave this out"
    if part.funding_percent is not None and part.funding_fen is not None:
        yield ("funding_fen",), "parties bear percentages or fen, not both"
    elif part.funding_percent is not None and sum(part.funding_percent.values()) != 100:
        yield ("funding_percent",), f"the parts add up to {sum(part.funding_percent.values())}, expected 100"
    elif part.funding_fen is not None and sum(part.funding_fen.values()) != part.worth_fen:
        told = sum(part.funding_fen.values())
        yield ("funding_fen",), f"the parts add up to {told}, expected worth_fen: {part.worth_fen or 'none is given'}"
