"""What a mutation of a membership answers: what was done, or one of the refusals that a caller has to reckon with."""

from __future__ import annotations

from typing import Annotated, Any, Final

import strawberry

from hub.core import ledger
from hub.core import membership as refusals
from hub.core.access import Scope
from hub.core.errors import HubError
from hub.services.membership.coupons import find_issued
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.described import described
from resolvers.keys import MemberKey
from resolvers.ledger.answers import (
    SHARED,
    AmbiguousPerson,
    ErasedPerson,
    ExceedsOriginal,
    InvalidInput,
    KeyReused,
    LedgerFailure,
    NotHonoured,
    UnknownOperation,
    UnknownPerson,
    UnknownRecord,
    show_as,
)
from resolvers.ledger.operations import LedgerOperation
from resolvers.membership.benefits import Coupon
from resolvers.membership.membership import Membership, show_membership


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(
    description="It is done, now or by an earlier request under the same key. / 已完成（重复请求返回首次结果）。"
)
class MembershipDone:
    operation: LedgerOperation = strawberry.field(
        description="What was done; its amount is what a term cost, what of it is given back, how often a benefit was "
        "given, what a coupon takes off, or what came back of what was spent. / "
        "完成的操作；数额为付费价格、应退金额、授予次数、优惠金额或退回的数额。"
    )

    @described("The membership now; null once the person is erased. / 当前的会员身份；已删除时为空。")
    async def membership(self, info: Info) -> Membership | None:
        person = await self.operation.person(info)
        if person is None:
            return None
        key = MemberKey.of(info.context.programmes.get(self.operation.programme), person.id)
        return show_membership(key.programme, await info.context.loaders.members.load(key), info.context.now_ms)

    @described(
        "The coupon that was issued, redeemed or given back; null where it was about none. / "
        "所发放、核销或退回的优惠券；无则为空。"
    )
    async def coupon(self, info: Info) -> Coupon | None:
        if not self.operation.kind.startswith("coupon_"):
            return None
        found = await find_issued(info.context.graph, self.operation.original or self.operation.key)
        return None if found is None else Coupon.of(found)


@strawberry.type(description="The benefit is not the person's now. / 顾客当前没有该权益。")
class NotEntitled(LedgerFailure):
    pass


@strawberry.type(description="The benefit is used up for this period. / 本周期的权益次数已用完。")
class QuotaUsed(LedgerFailure):
    pass


@strawberry.type(description="The tier is not sold. / 该等级不出售。")
class NotForSale(LedgerFailure):
    pass


@strawberry.type(description="The grant or the paid term is over. / 授予或付费期已结束。")
class AlreadyEnded(LedgerFailure):
    pass


@strawberry.type(description="It was given back before. / 先前已退回。")
class AlreadyRestored(LedgerFailure):
    pass


@strawberry.type(
    description="The coupon is redeemed, too old, or not for this purchase. / 优惠券已核销、已过期或不适用。"
)
class CouponRefused(LedgerFailure):
    pass


@strawberry.type(description="There is no coupon under this code. / 查无此券。")
class UnknownCoupon(LedgerFailure):
    pass


@strawberry.type(description="There is no consent to withdraw. / 没有可撤回的同意。")
class NoConsent(LedgerFailure):
    pass


MembershipAnswer = Annotated[
    MembershipDone
    | InvalidInput
    | UnknownPerson
    | AmbiguousPerson
    | ErasedPerson
    | UnknownRecord
    | UnknownOperation
    | UnknownCoupon
    | KeyReused
    | NotHonoured
    | NotEntitled
    | QuotaUsed
    | NotForSale
    | AlreadyEnded
    | AlreadyRestored
    | ExceedsOriginal
    | CouponRefused
    | NoConsent,
    strawberry.union(
        "MembershipAnswer",
        description="What was done, or why nothing was: `... on LedgerFailure` fits all of the latter. / "
        "完成的操作，或未执行的原因（均实现 `LedgerFailure`）。",
    ),
]

_SHOWN: Final[dict[type[HubError], type[Any]]] = SHARED | {
    refusals.UnknownCoupon: UnknownCoupon,
    refusals.NotEntitled: NotEntitled,
    refusals.QuotaUsed: QuotaUsed,
    refusals.NotForSale: NotForSale,
    refusals.AlreadyEnded: AlreadyEnded,
    refusals.AlreadyRestored: AlreadyRestored,
    ledger.ExceedsOriginal: ExceedsOriginal,
    refusals.CouponRefused: CouponRefused,
    refusals.NoConsent: NoConsent,
}


def show_refusal(error: HubError) -> MembershipAnswer | None:
    """The refusal as data; None for what no caller has to reckon with."""
    refusal: MembershipAnswer | None = show_as(_SHOWN, error)
    return refusal
