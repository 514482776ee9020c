"""What callers give to the mutations of a membership."""

from __future__ import annotations

import strawberry

from hub.services.ledger.request import Call
from resolvers.ledger.inputs import CallInput
from resolvers.scalars import Fen, Instant
from resolvers.whom import PersonBy, RecordInput

_WHOSE = "Whose it is. / 所属顾客。"
_UNTIL = "Until before; null for ever. / 截止时间，不填则无期限。"
_TIER = "A tier of the programme, not its first. / 会员计划中第一级以外的等级。"


@strawberry.input(description="In which programme. / 所属会员计划。")
class MemberInput(CallInput):
    programme: str = strawberry.field(default="main", description="The programme. / 会员计划。")

    def sign(self) -> Call:
        """The call, with author and reason where the input has them; raises InvalidInput for what cannot be one."""
        return self.to_call()


@strawberry.input(description="By hand. / 人工操作。")
class _SignedInput(MemberInput):
    author: str = strawberry.field(description="Who does it. / 操作人。")
    reason: str = strawberry.field(description="Why; it is kept. / 理由，永久保留。")

    def sign(self) -> Call:
        return self.to_call(author=self.author, reason=self.reason)


@strawberry.input(description="A record joins. / 某条记录入会。")
class EnrolInput(MemberInput):
    record: RecordInput = strawberry.field(description="Who joins. / 入会的客户记录。")
    joined_at: Instant | None = strawberry.field(
        default=None, description="When, not in the future; now unless given. / 入会时间，默认为现在。"
    )
    channel: str = strawberry.field(default="", description="By what way. / 入会渠道。")
    referrer: str = strawberry.field(
        default="", description="The code of who brought them; never a name. / 推荐人代码，不要填姓名。"
    )
    consented_at: Instant | None = strawberry.field(
        default=None, description="When the customer agreed. / 顾客同意的时间。"
    )


@strawberry.input(description="A person withdraws their consent. / 顾客撤回同意。")
class WithdrawConsentInput(MemberInput):
    person: PersonBy = strawberry.field(description="Who withdraws it. / 撤回同意的顾客。")


@strawberry.input(description="A tier is given by hand. / 人工授予等级。")
class GrantTierInput(_SignedInput):
    person: PersonBy = strawberry.field(description="Who gets it. / 被授予的顾客。")
    tier: str = strawberry.field(description=_TIER)
    until: Instant | None = strawberry.field(default=None, description=_UNTIL)


@strawberry.input(description="A term of a tier is sold. / 出售付费等级。")
class BuyTierInput(MemberInput):
    person: PersonBy = strawberry.field(description="Who buys it. / 购买的顾客。")
    tier: str = strawberry.field(description="A tier that the programme sells. / 会员计划出售的等级。")


@strawberry.input(description="What was sold or granted before. / 先前购买或授予的等级。")
class TierInput(MemberInput):
    operation: strawberry.ID = strawberry.field(
        description="The operation that sold or granted it. / 购买或授予操作的编号。"
    )


@strawberry.input(description="A benefit is given to a person alone. / 授予专属权益。")
class GiveBenefitInput(_SignedInput):
    person: PersonBy = strawberry.field(description="Who gets it. / 被授予的顾客。")
    benefit: str = strawberry.field(description="A benefit of the programme. / 会员计划中的权益。")
    count: int = strawberry.field(default=1, description="How often. / 次数。")
    until: Instant = strawberry.field(description="It can be used before. / 截止时间。")


@strawberry.input(description="A benefit is used once. / 使用一次权益。")
class UseBenefitInput(MemberInput):
    person: PersonBy = strawberry.field(description=_WHOSE)
    benefit: str = strawberry.field(description="A benefit of the programme. / 会员计划中的权益。")
    where: str | None = strawberry.field(
        default=None,
        description="The store, channel or brand; the programme has to honour the tier there. / "
        "门店、渠道或品牌，等级须在此处通用。",
    )


@strawberry.input(description="A purchase for which something was used is returned. / 使用过权益或优惠券的消费被退货。")
class RestoreInput(MemberInput):
    operation: strawberry.ID = strawberry.field(
        description="The operation that used the benefit or redeemed the coupon. / 使用权益或核销优惠券操作的编号。"
    )
    spent: strawberry.ID | None = strawberry.field(
        default=None,
        description="The operation that spent points or stored value for the same purchase: what is left of it comes "
        "back, too. Needs points:write. / 同一消费中使用积分或储值的操作，剩余部分一并退回；需 points:write。",
    )
    person: PersonBy | None = strawberry.field(
        default=None,
        description="Who brings the purchase back, where it has to be theirs. / 退货的顾客；填写时须为其本人的使用。",
    )


@strawberry.input(description="A coupon is issued. / 发放优惠券。")
class IssueCouponInput(MemberInput):
    person: PersonBy = strawberry.field(description="Who gets it. / 领取的顾客。")
    kind: str = strawberry.field(description="A kind of coupon of the programme. / 会员计划中的券种。")


@strawberry.input(description="A coupon is taken for a purchase. / 核销优惠券。")
class RedeemCouponInput(MemberInput):
    code: str = strawberry.field(description="The coupon's code, however it is typed. / 券码，大小写与空格不限。")
    purchase_fen: Fen = strawberry.field(description="What the purchase comes to. / 消费金额。")
    where: str | None = strawberry.field(
        default=None,
        description="The store, channel or brand; the programme has to honour the coupon there. / "
        "门店、渠道或品牌，券须在此处通用。",
    )
