"""Where every change begins: the operations of the ledger, and those of a membership."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import strawberry

from hub.core.access import Scope
from hub.core.ledger import Operation
from hub.services.ledger.earning import adjust, earn_amount
from hub.services.ledger.holding import capture_hold, hold_amount, release_hold
from hub.services.ledger.reversing import reverse_earning
from hub.services.ledger.spending import refund_amount, spend_amount, transfer_amount
from hub.services.named import Named
from resolvers.access import opened_by
from resolvers.access.reach import reach_operation
from resolvers.changing import change
from resolvers.context import Context, Info
from resolvers.described import described
from resolvers.ledger.answers import LedgerAnswer, LedgerDone, show_refusal
from resolvers.ledger.inputs import (
    AdjustInput,
    CaptureInput,
    EarnInput,
    HoldInput,
    ReleaseInput,
    SpendInput,
    TransferInput,
    UndoInput,
)
from resolvers.ledger.operations import LedgerOperation
from resolvers.membership.mutation import MembershipMutation
from resolvers.whom import PersonBy, act_on_person

_INPUT = strawberry.argument(name="input", description="What is asked. / 请求内容。")


@opened_by(Scope.POINTS_WRITE)
@strawberry.type(
    description="What can be changed; each change is done once for its key. / 可执行的变更，按幂等键只执行一次。"
)
class Mutation(MembershipMutation):
    @described("Give a record an amount. / 为某条记录增加数额。")
    async def earn(self, info: Info, given: Annotated[EarnInput, _INPUT]) -> LedgerAnswer | None:
        async def work(context: Context) -> Operation:
            return await earn_amount(
                context.graph,
                context.programmes.get(given.programme),
                context.sign(given.to_call(rule=given.rule)),
                record=str(given.record.key),
                asset=given.asset,
                amount=given.amount,
                now_ms=context.now_ms,
                earned_ms=given.earned_at,
                pending_ms=given.available_at or 0,
                expires_at_ms=given.expires_at,
            )

        return await _do(info.context, work)

    @described("Use up an amount of a person's, the soonest to expire first. / 使用数额，最早过期的优先。")
    async def spend(self, info: Info, given: Annotated[SpendInput, _INPUT]) -> LedgerAnswer | None:
        async def work(context: Context, named: Named) -> Operation:
            return await spend_amount(
                context.graph,
                context.programmes.get(given.programme),
                context.sign(given.to_call()),
                person=named.person,
                said=named.said,
                asset=given.asset,
                amount=given.amount,
                where=given.where,
                now_ms=context.now_ms,
            )

        return await _do_to(info.context, given.person, work)

    @described("Keep an amount of a person's for a purchase that is not complete. / 为未完成的交易冻结数额。")
    async def hold(self, info: Info, given: Annotated[HoldInput, _INPUT]) -> LedgerAnswer | None:
        async def work(context: Context, named: Named) -> Operation:
            return await hold_amount(
                context.graph,
                context.programmes.get(given.programme),
                context.sign(given.to_call()),
                person=named.person,
                said=named.said,
                asset=given.asset,
                amount=given.amount,
                lasts_ms=given.seconds * 1000,
                where=given.where,
                now_ms=context.now_ms,
            )

        return await _do_to(info.context, given.person, work)

    @described("Use up what is held, all or part of it. / 扣除全部或部分冻结额。")
    async def capture(self, info: Info, given: Annotated[CaptureInput, _INPUT]) -> LedgerAnswer | None:
        async def work(context: Context) -> Operation:
            return await capture_hold(
                context.graph,
                context.programmes.get(given.programme),
                context.sign(given.to_call()),
                original=await reach_operation(context, given.operation),
                amount=given.amount,
                final=given.final,
                now_ms=context.now_ms,
            )

        return await _do(info.context, work)

    @described("Free what is still held. / 释放冻结额。")
    async def release(self, info: Info, given: Annotated[ReleaseInput, _INPUT]) -> LedgerAnswer | None:
        async def work(context: Context) -> Operation:
            programme, call = context.programmes.get(given.programme), context.sign(given.to_call())
            return await release_hold(
                context.graph,
                programme,
                call,
                original=await reach_operation(context, given.operation),
                now_ms=context.now_ms,
            )

        return await _do(info.context, work)

    @described("Give back what was spent or captured, to the very lots it came from. / 退回已使用的数额至原批次。")
    async def refund(self, info: Info, given: Annotated[UndoInput, _INPUT]) -> LedgerAnswer | None:
        return await _undo(info.context, given, refund_amount)

    @described(
        "Take back what was earned, such as the points of a returned order. / 收回已获得的数额，例如退货订单的积分。"
    )
    async def reverse(self, info: Info, given: Annotated[UndoInput, _INPUT]) -> LedgerAnswer | None:
        return await _undo(info.context, given, reverse_earning)

    @described("Correct a record's account by hand, up or down. / 人工调整某条记录的账户，可增可减。")
    async def adjust(self, info: Info, given: Annotated[AdjustInput, _INPUT]) -> LedgerAnswer | None:
        async def work(context: Context) -> Operation:
            return await adjust(
                context.graph,
                context.programmes.get(given.programme),
                context.sign(given.to_call(author=given.author, reason=given.reason)),
                record=str(given.record.key),
                asset=given.asset,
                amount=given.amount,
                now_ms=context.now_ms,
            )

        return await _do(info.context, work)

    @described("Give an amount to another person, where the programme allows it. / 转让给他人（会员计划允许时）。")
    async def transfer(self, info: Info, given: Annotated[TransferInput, _INPUT]) -> LedgerAnswer | None:
        async def work(context: Context, named: Named) -> Operation:
            return await transfer_amount(
                context.graph,
                context.programmes.get(given.programme),
                context.sign(given.to_call()),
                giver=named.person,
                said=named.said,
                receiver=str(given.receiver.key),
                asset=given.asset,
                amount=given.amount,
                now_ms=context.now_ms,
            )

        return await _do_to(info.context, given.person, work)


async def _undo(context: Context, given: UndoInput, undo: Callable[..., Awaitable[Operation]]) -> LedgerAnswer:
    async def work(context: Context) -> Operation:
        return await undo(
            context.graph,
            context.programmes.get(given.programme),
            context.sign(given.to_call()),
            original=await reach_operation(context, given.operation),
            amount=given.amount,
            now_ms=context.now_ms,
        )

    return await _do(context, work)


async def _do_to(
    context: Context, person: PersonBy, work: Callable[[Context, Named], Awaitable[Operation]]
) -> LedgerAnswer:
    return await _do(context, lambda context: act_on_person(context, person, partial(work, context)))


async def _do(context: Context, work: Callable[[Context], Awaitable[Operation]]) -> LedgerAnswer:
    return await change(context, work, _show, show_refusal)


def _show(done: Operation) -> LedgerAnswer:
    return LedgerDone(operation=LedgerOperation.of(done))
