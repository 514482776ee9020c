"""What a mutation of the ledger answers: what was done, or one of the refusals that a caller has to reckon with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import strawberry

from hub.core import errors
from hub.core import ledger as refusals
from hub.core.access import Scope
from hub.core.errors import HubError
from resolvers.access import ANYONE, opened_by
from resolvers.context import Info
from resolvers.described import described
from resolvers.ledger.balances import Balance, show_balances
from resolvers.ledger.operations import LedgerOperation
from resolvers.scalars import Amount


@opened_by(Scope.POINTS_READ, Scope.POINTS_WRITE)
@strawberry.type(
    description="It is done, now or by an earlier request under the same key. / 已完成（重复请求返回首次结果）。"
)
class LedgerDone:
    operation: LedgerOperation = strawberry.field(description="What was done. / 完成的操作。")

    @described(
        "What the person holds of the asset now; null once they are erased. / 顾客当前的该项余额；已删除时为空。"
    )
    async def balance(self, info: Info) -> Balance | None:
        found = await info.context.loaders.accounts.load(self.operation.person_id)
        if found is None:
            return None
        shown = show_balances(info.context.programmes, found.accounts, info.context.now_ms)
        about = (self.operation.programme, self.operation.asset)
        return next((one for one in shown if (one.programme, one.asset) == about), None)


@opened_by(*ANYONE)
@strawberry.interface(
    description="Nothing was done, and why; the key can be used again. / 未执行及其原因，幂等键可再次使用。"
)
class LedgerFailure:
    code: str = strawberry.field(description="Stable, for programs. / 稳定的错误码。")
    message: str = strawberry.field(description="What was wrong and what to do, in English. / 错误说明（英文）。")


@strawberry.type(description="Something in the input cannot be right. / 输入有误。")
class InvalidInput(LedgerFailure):
    pass


@strawberry.type(description="The hub knows nobody by what was given. / 查无此顾客。")
class UnknownPerson(LedgerFailure):
    pass


@strawberry.type(description="Several persons fit what was given. / 所给信息对应多位顾客。")
class AmbiguousPerson(LedgerFailure):
    pass


@strawberry.type(description="The person is erased. / 顾客数据已删除。")
class ErasedPerson(LedgerFailure):
    pass


@strawberry.type(description="There is no such record. / 查无此记录。")
class UnknownRecord(LedgerFailure):
    pass


@strawberry.type(description="There is no operation under this key. / 查无此操作。")
class UnknownOperation(LedgerFailure):
    pass


@opened_by(*ANYONE)
@strawberry.type(description="The idempotency key belongs to another request. / 幂等键已用于另一请求。")
class KeyReused(LedgerFailure):
    first_hash: str = strawberry.field(
        description="The hash of the request that was done under it. / 已执行请求的摘要。"
    )
    this_hash: str = strawberry.field(description="The hash of this one. / 本次请求的摘要。")


@opened_by(Scope.POINTS_READ, Scope.POINTS_WRITE)
@strawberry.type(description="There is less than was asked for. / 余额不足。")
class InsufficientBalance(LedgerFailure):
    available: Amount = strawberry.field(
        description="What can be spent; below 0 where something is owed. / 可用余额，有欠额时可能为负。"
    )


@opened_by(Scope.POINTS_READ, Scope.POINTS_WRITE)
@strawberry.type(description="Less of the original is left, or less can be taken away. / 超出原操作的剩余数额。")
class ExceedsOriginal(LedgerFailure):
    left: Amount = strawberry.field(description="How much could be. / 剩余数额。")


@strawberry.type(description="The hold's deadline passed, or it was captured or released. / 冻结已到期或已结束。")
class HoldEnded(LedgerFailure):
    pass


@strawberry.type(
    description="It was spent, and the programme lets nobody owe this asset. / 已被使用，且该资产不允许欠额。"
)
class AlreadySpent(LedgerFailure):
    pass


@strawberry.type(description="A balance would become larger than the ledger holds. / 余额将超出上限。")
class AmountTooLarge(LedgerFailure):
    pass


@strawberry.type(description="Members may not give this asset to each other. / 该资产不允许会员之间转让。")
class TransferForbidden(LedgerFailure):
    pass


@strawberry.type(description="The programme does not honour the asset at that place. / 该资产在此处不可使用。")
class NotHonoured(LedgerFailure):
    pass


LedgerAnswer = Annotated[
    LedgerDone
    | InvalidInput
    | UnknownPerson
    | AmbiguousPerson
    | ErasedPerson
    | UnknownRecord
    | UnknownOperation
    | KeyReused
    | InsufficientBalance
    | ExceedsOriginal
    | HoldEnded
    | AlreadySpent
    | AmountTooLarge
    | TransferForbidden
    | NotHonoured,
    strawberry.union(
        "LedgerAnswer",
        description="What was done, or why nothing was: `... on LedgerFailure` fits all of the latter. / "
        "完成的操作，或未执行的原因（均实现 `LedgerFailure`）。",
    ),
]

SHARED: Final[dict[type[HubError], type[Any]]] = {
    errors.InvalidInput: InvalidInput,
    refusals.UnknownPerson: UnknownPerson,
    errors.Ambiguous: AmbiguousPerson,
    errors.Erased: ErasedPerson,
    refusals.UnknownRecord: UnknownRecord,
    refusals.UnknownOperation: UnknownOperation,
    refusals.KeyReused: KeyReused,
    refusals.NotHonoured: NotHonoured,
}
"""Refusals that changes of a membership meet as well."""

_SHOWN: Final[dict[type[HubError], type[Any]]] = SHARED | {
    refusals.InsufficientBalance: InsufficientBalance,
    refusals.ExceedsOriginal: ExceedsOriginal,
    refusals.HoldEnded: HoldEnded,
    refusals.AlreadySpent: AlreadySpent,
    refusals.AmountTooLarge: AmountTooLarge,
    refusals.TransferForbidden: TransferForbidden,
}


def show_refusal(error: HubError) -> LedgerAnswer | None:
    """The refusal as data; None for what no caller has to reckon with."""
    refusal: LedgerAnswer | None = show_as(_SHOWN, error)
    return refusal


def show_as(shown: Mapping[type[HubError], type[Any]], error: HubError) -> Any:
    """The refusal as the type that stands for the nearest of its families; None where there is none."""
    for family in type(error).__mro__:
        if family in shown:
            return shown[family](code=error.code, message=error.safe_message, **_facts(error))
    return None


def _facts(error: HubError) -> dict[str, Any]:
    match error:
        case refusals.KeyReused():
            return {"first_hash": error.first, "this_hash": error.this}
        case refusals.InsufficientBalance():
            return {"available": Amount(error.available)}
        case refusals.ExceedsOriginal():
            return {"left": Amount(error.left)}
    return {}
