"""A person's benefits and coupons in GraphQL."""

from __future__ import annotations

from typing import Self

import strawberry

from hub.core.access import Scope
from hub.services.membership.coupon import Coupon as HeldCoupon
from hub.services.membership.show import Allowance
from resolvers.access import opened_by
from resolvers.membership.tiers import show_end
from resolvers.scalars import Fen, Instant


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="How often a benefit can be had in a period. / 某周期内的权益次数。")
class Benefit:
    name: str = strawberry.field(description="The benefit. / 权益。")
    quota: int = strawberry.field(description="How often in the period. / 周期内总次数。")
    used: int = strawberry.field(
        description="How often it was used in it; above the quota where persons were merged. / "
        "已用次数，合并后可能超出总次数。"
    )
    left: int = strawberry.field(description="How often it still can be. / 剩余次数。")
    begins_at: Instant = strawberry.field(name="from", description="When the period began. / 周期起始时间。")
    ends_at: Instant | None = strawberry.field(
        name="until", description="Before when it ends; null for never. / 周期截止时间，无期限时为空。"
    )
    entitlement: strawberry.ID | None = strawberry.field(
        description="The operation that gave it to the person alone; null for the tier's own. / "
        "专属权益的授予操作；等级自带时为空。"
    )

    @classmethod
    def of(cls, allowance: Allowance) -> Self:
        """The allowance as it is shown."""
        return cls(
            name=allowance.benefit,
            quota=allowance.quota,
            used=allowance.used,
            left=allowance.left,
            begins_at=Instant(allowance.from_ms),
            ends_at=show_end(allowance.to_ms),
            entitlement=strawberry.ID(allowance.source) if allowance.source else None,
        )


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="What one party bears of a discount. / 一方承担的优惠金额。")
class CouponShare:
    party: str = strawberry.field(description="The party. / 承担方。")
    amount_fen: Fen = strawberry.field(description="What it bears. / 承担金额。")


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="A coupon under a code of its own. / 一张优惠券。")
class Coupon:
    code: str = strawberry.field(description="Whoever presents it redeems it, once. / 券码，出示者可核销一次。")
    kind: str = strawberry.field(description="The kind. / 券种。")
    programme: str = strawberry.field(description="The programme. / 会员计划。")
    issued_at: Instant = strawberry.field(description="When it was issued. / 发放时间。")
    expires_at: Instant | None = strawberry.field(
        description="It can be redeemed before; null for ever. / 过期时间，无期限时为空。"
    )
    redeemed_at: Instant | None = strawberry.field(description="When it was redeemed. / 核销时间。")
    place: str | None = strawberry.field(description="Where it was redeemed. / 核销地点。")
    purchase_fen: Fen | None = strawberry.field(description="What the purchase came to. / 核销时的消费金额。")
    discount_fen: Fen | None = strawberry.field(description="What it took off. / 优惠金额。")
    shares: list[CouponShare] = strawberry.field(
        description="Who bears what of the discount; adds up to it. / 各方分摊，合计等于优惠金额。"
    )

    @classmethod
    def of(cls, coupon: HeldCoupon) -> Self:
        """The coupon as it is shown."""
        redeemed = coupon.redeemed_ms is not None
        return cls(
            code=coupon.code,
            kind=coupon.kind,
            programme=coupon.programme,
            issued_at=Instant(coupon.issued_ms),
            expires_at=show_end(coupon.expires_ms),
            redeemed_at=show_end(coupon.redeemed_ms),
            place=coupon.place,
            purchase_fen=Fen(coupon.purchase_fen) if redeemed else None,
            discount_fen=Fen(coupon.discount_fen) if redeemed else None,
            shares=[
                CouponShare(party=party, amount_fen=Fen(share_fen))
                for party, share_fen in sorted((coupon.shares or {}).items())
            ],
        )
