"""Programmes in GraphQL: their tiers, what is honoured where, and common prices and codes."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Self

import strawberry

from hub.services.programme.switches import LaidDown, Tier, find_common_article, find_common_price, list_honoured
from resolvers.access import ANYONE, opened_by
from resolvers.described import described
from resolvers.membership.tiers import TierMetric
from resolvers.scalars import Amount, Fen

Where = Annotated[
    str, strawberry.argument(description="A store, channel or brand, as orders name it. / 门店、渠道或品牌代码。")
]


@strawberry.enum(description="What may be honoured. / 可通用的内容。")
class HonouredSort(Enum):
    ASSET = strawberry.enum_value("asset", description="Points, stored value. / 积分、储值等资产。")
    TIER = strawberry.enum_value("tier", description="A tier, and its benefits. / 等级及其权益。")
    COUPON = strawberry.enum_value("coupon", description="A kind of coupon. / 券种。")


@opened_by(*ANYONE)
@strawberry.type(description="Whether something is honoured at a place. / 某内容在某处是否通用。")
class Honoured:
    sort: HonouredSort = strawberry.field(description="What it is. / 类别。")
    name: str = strawberry.field(description="Its name in the programme. / 名称。")
    honoured: bool = strawberry.field(description="Whether it is. / 是否通用。")
    why: str = strawberry.field(description="Why, in English. / 说明（英文）。")


@opened_by(*ANYONE)
@strawberry.type(description="One way to reach a tier. / 一种达成条件。")
class TierQualification:
    metric: TierMetric = strawberry.field(description="What is added up. / 指标。")
    least: Amount = strawberry.field(description="How much is needed. / 门槛。")
    text: str = strawberry.field(description="All of it in a few words, its window included. / 简述，含时间窗口。")


@opened_by(*ANYONE)
@strawberry.type(description="A tier as the programme lays it down. / 会员计划规定的等级。")
class TierTerms:
    name: str = strawberry.field(description="The tier. / 等级。")
    qualifications: list[TierQualification] = strawberry.field(
        description="Any of these is enough; none: it is only granted or sold, and the first is everybody's. / "
        "满足任一即可；为空则仅可授予或购买，第一级人人都有。"
    )
    price_fen: Fen | None = strawberry.field(description="What a term costs, if it is sold. / 付费价格，不出售时为空。")

    @classmethod
    def of(cls, tier: Tier) -> Self:
        """The tier as it is shown."""
        return cls(
            name=tier.name,
            qualifications=[
                TierQualification(metric=TierMetric(one.metric), least=Amount(one.least), text=one.text)
                for one in tier.qualify
            ],
            price_fen=None if tier.offer is None else Fen(tier.offer.price_fen),
        )


@opened_by(*ANYONE)
@strawberry.type(description="A loyalty programme in force. / 生效中的会员计划。")
class Programme:
    laid_down: strawberry.Private[LaidDown]
    name: str = strawberry.field(description="The programme. / 会员计划。")
    version: int = strawberry.field(description="Its version; 0 is the one that ships. / 版本，0 为内置版本。")
    benefits: list[str] = strawberry.field(description="Its benefits. / 权益。")
    coupons: list[str] = strawberry.field(description="Its kinds of coupons. / 券种。")

    @described("From the lowest to the highest. / 等级，由低到高。")
    def tiers(self) -> list[TierTerms]:
        return [TierTerms.of(tier) for tier in self.laid_down.tiers.ladder]

    @described("What is honoured at a place, and what is not: assets, tiers, coupons. / 在某处通用与不通用的内容。")
    def honoured(self, where: Where) -> list[Honoured]:
        return [
            Honoured(sort=HonouredSort(thing.sort), name=thing.name, honoured=verdict.honoured, why=verdict.why)
            for thing, verdict in list_honoured(self.laid_down, where)
        ]

    @described(
        "What an article costs at a place; null where no common price list says so. / 同价清单中的价格，无则为空。"
    )
    def price(
        self, sku: Annotated[str, strawberry.argument(description="The article's code. / 商品编码。")], where: Where
    ) -> Fen | None:
        found = find_common_price(self.laid_down, sku, where)
        return None if found is None else Fen(found)

    @described(
        "The article behind a common code at a place; null where no list says so. / 同码清单中的商品编码，无则为空。"
    )
    def article(
        self, code: Annotated[str, strawberry.argument(description="The common code. / 通用编码。")], where: Where
    ) -> str | None:
        return find_common_article(self.laid_down, code, where)

    @classmethod
    def of(cls, programme: LaidDown) -> Self:
        """The programme as it is shown."""
        return cls(
            laid_down=programme,
            name=programme.name,
            version=programme.version,
            benefits=list(programme.benefits.benefits),
            coupons=list(programme.benefits.coupons),
        )
