"""The changes of a membership."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeAlias

import strawberry

from hub.core.access import Scope
from hub.core.ledger import Operation
from hub.services.membership.benefits import entitle, use_benefit
from hub.services.membership.coupons import issue_coupon, redeem_coupon
from hub.services.membership.enrol import enrol, withdraw_consent
from hub.services.membership.restoring import restore
from hub.services.membership.tiers import buy_term, cancel_any, grant_tier, renew_term
from resolvers.access import opened_by
from resolvers.access.reach import reach_coupon, reach_operation
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
    MemberInput,
    RedeemCouponInput,
    RestoreInput,
    TierInput,
    UseBenefitInput,
    WithdrawConsentInput,
)
from resolvers.whom import PersonBy, RecordInput, act_on_home

_INPUT = strawberry.argument(name="input", description="What is asked. / 请求内容。")
_Change: TypeAlias = Callable[..., Awaitable[Operation]]


@opened_by(Scope.MEMBERSHIP_WRITE)
@strawberry.type
class MembershipMutation:
    @described("Have a record join a programme. / 某条记录入会。")
    async def enrol(self, info: Info, given: Annotated[EnrolInput, _INPUT]) -> MembershipAnswer | None:
        asked: dict[str, Any] = {"channel": given.channel, "referrer": given.referrer}
        asked |= {"joined_ms": given.joined_at, "consent_ms": given.consented_at}
        return await _do(info, given, enrol, _on(given.record), **asked)

    @described("Withdraw a person's consent to a programme; they stay a member. / 撤回对会员计划的同意，仍为会员。")
    async def withdraw_consent(
        self, info: Info, given: Annotated[WithdrawConsentInput, _INPUT]
    ) -> MembershipAnswer | None:
        return await _do(info, given, withdraw_consent, _by(given.person))

    @described("Give a person a tier by hand. / 人工授予等级。")
    async def grant_tier(self, info: Info, given: Annotated[GrantTierInput, _INPUT]) -> MembershipAnswer | None:
        return await _do(info, given, grant_tier, _by(given.person), tier=given.tier, to_ms=given.until)

    @described("Sell a person a term of a tier; another one begins where the last one ends. / 出售付费等级，续期顺延。")
    async def buy_tier(self, info: Info, given: Annotated[BuyTierInput, _INPUT]) -> MembershipAnswer | None:
        return await _do(info, given, buy_term, _by(given.person), tier=given.tier)

    @described("Sell another term after one that was sold. / 为已购买的付费等级续费。")
    async def renew_tier(self, info: Info, given: Annotated[TierInput, _INPUT]) -> MembershipAnswer | None:
        return await _do(info, given, renew_term, term=await reach_operation(info.context, given.operation))

    @described(
        "End a paid term or a grant now; the amount is what has to be given back. / "
        "立即结束付费期或授予，数额为应退金额。"
    )
    async def cancel_tier(self, info: Info, given: Annotated[TierInput, _INPUT]) -> MembershipAnswer | None:
        return await _do(info, given, cancel_any, original=await reach_operation(info.context, given.operation))

    @described("Give a person a benefit of their own, whatever their tier. / 授予专属权益，不限等级。")
    async def give_benefit(self, info: Info, given: Annotated[GiveBenefitInput, _INPUT]) -> MembershipAnswer | None:
        asked: dict[str, Any] = {"benefit": given.benefit, "count": given.count, "to_ms": given.until}
        return await _do(info, given, entitle, _by(given.person), **asked)

    @described("Use a benefit once, the tier's quota first. / 使用一次权益，先扣等级次数。")
    async def use_benefit(self, info: Info, given: Annotated[UseBenefitInput, _INPUT]) -> MembershipAnswer | None:
        return await _do(info, given, use_benefit, _by(given.person), benefit=given.benefit, where=given.where)

    @described("Give a person a coupon under a code of its own. / 发放一张带唯一券码的优惠券。")
    async def issue_coupon(self, info: Info, given: Annotated[IssueCouponInput, _INPUT]) -> MembershipAnswer | None:
        return await _do(info, given, issue_coupon, _by(given.person), kind=given.kind)

    @described("Take a coupon for a purchase; the amount is what it takes off. / 核销优惠券，数额为优惠金额。")
    async def redeem_coupon(self, info: Info, given: Annotated[RedeemCouponInput, _INPUT]) -> MembershipAnswer | None:
        code = await reach_coupon(info.context, given.code)
        asked: dict[str, Any] = {"code": code, "purchase_fen": given.purchase_fen, "where": given.where}
        return await _do(info, given, redeem_coupon, **asked)

    @described(
        "Give back a benefit or a coupon that was used for a purchase which is returned, and what was spent with it: "
        "all of it or nothing. / 退货时退回所用的权益或优惠券，以及同时使用的数额，全部成功或全部不变。"
    )
    async def restore(self, info: Info, given: Annotated[RestoreInput, _INPUT]) -> MembershipAnswer | None:
        context, spent = info.context, given.spent
        if spent is not None:
            context.grant.require(Scope.POINTS_WRITE)
            spent = strawberry.ID(await reach_operation(context, spent))
        original = await reach_operation(context, given.operation)
        to = _by(given.person) if given.person else _to_itself
        return await _do(info, given, restore, to, original=original, spent=spent)


_To: TypeAlias = Callable[[Context, Callable[..., Awaitable[Operation]]], Awaitable[Operation]]
"""Calls a service with whoever or whatever it is about."""


async def _to_itself(_: Context, act: Callable[..., Awaitable[Operation]]) -> Operation:
    return await act()


def _on(record: RecordInput) -> _To:
    async def to(_: Context, act: Callable[..., Awaitable[Operation]]) -> Operation:
        return await act(record=str(record.key))

    return to


def _by(person: PersonBy) -> _To:
    async def to(context: Context, act: Callable[..., Awaitable[Operation]]) -> Operation:
        return await act_on_home(context, person, lambda named: act(**named._asdict()))

    return to


async def _do(info: Info, given: MemberInput, make: _Change, to: _To = _to_itself, **asked: Any) -> MembershipAnswer:
    """Make a change: `to` says who or what it is about, `asked` the rest, in the words of the service."""

    async def work(context: Context) -> Operation:
        programme, call = context.programmes.get(given.programme), context.sign(given.sign())
        return await to(context, partial(make, context.graph, programme, call, **asked, now_ms=context.now_ms))

    return await change(info.context, work, _show, show_refusal)


def _show(done: Operation) -> MembershipAnswer:
    return MembershipDone(operation=LedgerOperation.of(done))
