"""The changes of a membership."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from hub.core.ledger import Operation
from hub.services.membership.benefits import entitle, use_benefit
from hub.services.membership.coupons import issue_coupon, redeem_coupon
from hub.services.membership.enrol import enrol, withdraw_consent
from hub.services.membership.tiers import buy_term, cancel_any, grant_tier, renew_term
from resolvers.changing import change
from resolvers.context import Context, Info
from resolvers.described import described
from resolvers.ledger.operations import LedgerOperation
from resolvers.membership.answers import MembershipAnswer, MembershipDone, show_refusal
from resolvers.membership.inputs import (
    BuyTierInput,
    EnrolInput,
    GiveBenefitInput,
    GrantTierInput,
    IssueCouponInput,
    RedeemCouponInput,
    TierInput,
    UseBenefitInput,
    WithdrawConsentInput,
)
from resolvers.whom import name_person

_INPUT = strawberry.argument(name="input", description="What is asked. / 请求内容。")


@strawberry.type
class MembershipMutation:
    @described("Have a record join a programme. / 某条记录入会。")
    async def enrol(self, info: Info, given: Annotated[EnrolInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            return await enrol(
                context.graph,
                context.programmes.get(given.programme),
                given.to_call(),
                record=str(given.record.key),
                joined_ms=given.joined_at,
                channel=given.channel,
                referrer=given.referrer,
                consent_ms=given.consented_at,
                now_ms=context.now_ms,
            )

        return await _do(info, work)

    @described("Withdraw a person's consent to a programme; they stay a member. / 撤回对会员计划的同意，仍为会员。")
    async def withdraw_consent(
        self, info: Info, given: Annotated[WithdrawConsentInput, _INPUT]
    ) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            person, said = await name_person(context, given.person)
            programme, call = context.programmes.get(given.programme), given.to_call()
            return await withdraw_consent(
                context.graph, programme, call, person=person, said=said, now_ms=context.now_ms
            )

        return await _do(info, work)

    @described("Give a person a tier by hand. / 人工授予等级。")
    async def grant_tier(self, info: Info, given: Annotated[GrantTierInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            person, said = await name_person(context, given.person)
            return await grant_tier(
                context.graph,
                context.programmes.get(given.programme),
                given.to_call(author=given.author, reason=given.reason),
                person=person,
                said=said,
                tier=given.tier,
                to_ms=given.until,
                now_ms=context.now_ms,
            )

        return await _do(info, work)

    @described("Sell a person a term of a tier; another one begins where the last one ends. / 出售付费等级，续期顺延。")
    async def buy_tier(self, info: Info, given: Annotated[BuyTierInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            person, said = await name_person(context, given.person)
            return await buy_term(
                context.graph,
                context.programmes.get(given.programme),
                given.to_call(),
                person=person,
                said=said,
                tier=given.tier,
                now_ms=context.now_ms,
            )

        return await _do(info, work)

    @described("Sell another term after one that was sold. / 为已购买的付费等级续费。")
    async def renew_tier(self, info: Info, given: Annotated[TierInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            programme, call = context.programmes.get(given.programme), given.to_call()
            return await renew_term(context.graph, programme, call, term=given.operation, now_ms=context.now_ms)

        return await _do(info, work)

    @described(
        "End a paid term or a grant now; the amount is what has to be given back. / "
        "立即结束付费期或授予，数额为应退金额。"
    )
    async def cancel_tier(self, info: Info, given: Annotated[TierInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            programme, call = context.programmes.get(given.programme), given.to_call()
            return await cancel_any(context.graph, programme, call, original=given.operation, now_ms=context.now_ms)

        return await _do(info, work)

    @described("Give a person a benefit of their own, whatever their tier. / 授予专属权益，不限等级。")
    async def give_benefit(self, info: Info, given: Annotated[GiveBenefitInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            person, said = await name_person(context, given.person)
            return await entitle(
                context.graph,
                context.programmes.get(given.programme),
                given.to_call(author=given.author, reason=given.reason),
                person=person,
                said=said,
                benefit=given.benefit,
                count=given.count,
                to_ms=given.until,
                now_ms=context.now_ms,
            )

        return await _do(info, work)

    @described("Use a benefit once, the tier's quota first. / 使用一次权益，先扣等级次数。")
    async def use_benefit(self, info: Info, given: Annotated[UseBenefitInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            person, said = await name_person(context, given.person)
            return await use_benefit(
                context.graph,
                context.programmes.get(given.programme),
                given.to_call(),
                person=person,
                said=said,
                benefit=given.benefit,
                where=given.where,
                now_ms=context.now_ms,
            )

        return await _do(info, work)

    @described("Give a person a coupon under a code of its own. / 发放一张带唯一券码的优惠券。")
    async def issue_coupon(self, info: Info, given: Annotated[IssueCouponInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            person, said = await name_person(context, given.person)
            return await issue_coupon(
                context.graph,
                context.programmes.get(given.programme),
                given.to_call(),
                person=person,
                said=said,
                kind=given.kind,
                now_ms=context.now_ms,
            )

        return await _do(info, work)

    @described("Take a coupon for a purchase; the amount is what it takes off. / 核销优惠券，数额为优惠金额。")
    async def redeem_coupon(self, info: Info, given: Annotated[RedeemCouponInput, _INPUT]) -> MembershipAnswer | None:
        async def work(context: Context) -> Operation:
            return await redeem_coupon(
                context.graph,
                context.programmes.get(given.programme),
                given.to_call(),
                code=given.code,
                purchase_fen=given.purchase_fen,
                where=given.where,
                now_ms=context.now_ms,
            )

        return await _do(info, work)


async def _do(info: Info, work: Callable[[Context], Awaitable[Operation]]) -> MembershipAnswer:
    return await change(info.context, work, _show, show_refusal)


def _show(done: Operation) -> MembershipAnswer:
    return MembershipDone(operation=LedgerOperation.of(done))
