"""What callers give to the mutations of the ledger."""

from __future__ import annotations

import strawberry

from hub.services.ledger.callers import check_client
from hub.services.ledger.request import Call
from resolvers.scalars import Amount, Instant
from resolvers.whom import PersonBy, RecordInput

_WHERE = "The store, channel or brand; the programme has to honour the asset there. / 门店、渠道或品牌，须为计划认可。"
_PROGRAMME = "The programme. / 会员计划。"
_ASSET = "The asset: points, or stored_value in fen. / 资产：积分 points，或储值 stored_value（分）。"
_AMOUNT = "A whole number of the asset's unit, 1 or more. / 资产单位的整数，至少为 1。"


@strawberry.input(description="Who asks, and for what. / 调用方及原因。")
class CallInput:
    caller: str = strawberry.field(
        description="The system that asks, without |; its keys are its own. Not import, orders, restores or cli, "
        "which are the hub's own names. / 调用系统，幂等键按系统区分；import、orders、restores、cli 为中台自用。"
    )
    idempotency_key: str = strawberry.field(
        description="The same key with the same input is done once and answered alike; up to 200 characters. / "
        "幂等键：相同键与相同输入只执行一次。"
    )
    cause: str = strawberry.field(
        default="", description="What it is for, such as an order: tmall:flagship|T1. / 原因，例如订单。"
    )

    def to_call(self, *, rule: str = "", author: str = "", reason: str = "") -> Call:
        """The call; raises InvalidInput for what cannot be one."""
        return Call(check_client(self.caller), self.idempotency_key, self.cause, rule, author, reason)


@strawberry.input(description="Which asset. / 资产。")
class _AssetInput(CallInput):
    programme: str = strawberry.field(default="main", description=_PROGRAMME)
    asset: str = strawberry.field(default="points", description=_ASSET)


@strawberry.input(description="What a record earns. / 某条记录的获得。")
class EarnInput(_AssetInput):
    record: RecordInput = strawberry.field(description="Who earns. / 获得者的客户记录。")
    amount: Amount = strawberry.field(description=_AMOUNT)
    earned_at: Instant | None = strawberry.field(
        default=None, description="When, not in the future; now unless given. / 获得时间，默认为现在。"
    )
    available_at: Instant | None = strawberry.field(
        default=None, description="From when it can be spent; at once unless given. / 可用起始时间，默认立即可用。"
    )
    expires_at: Instant | None = strawberry.field(
        default=None, description="Overrules the programme's expiry. / 覆盖会员计划规定的有效期。"
    )
    rule: str = strawberry.field(
        default="", description="The version of the rule that worked out the amount. / 计算该数额的规则版本。"
    )


@strawberry.input(description="What a person spends. / 顾客的使用。")
class SpendInput(_AssetInput):
    person: PersonBy = strawberry.field(description="Who spends. / 使用者。")
    amount: Amount = strawberry.field(description=_AMOUNT)
    where: str | None = strawberry.field(default=None, description=_WHERE)


@strawberry.input(description="What is kept of a person's for a while. / 暂时冻结顾客的数额。")
class HoldInput(_AssetInput):
    person: PersonBy = strawberry.field(description="Whose it is. / 所属顾客。")
    amount: Amount = strawberry.field(description=_AMOUNT)
    where: str | None = strawberry.field(default=None, description=_WHERE)
    seconds: int = strawberry.field(
        default=900, description="For how long, up to 90 days. / 冻结时长（秒），最长 90 天。"
    )


@strawberry.input(description="Uses up what is held. / 扣除冻结额。")
class CaptureInput(CallInput):
    programme: str = strawberry.field(default="main", description=_PROGRAMME)
    operation: strawberry.ID = strawberry.field(description="The hold's operation. / 冻结操作的编号。")
    amount: Amount = strawberry.field(description=_AMOUNT)
    final: bool = strawberry.field(
        default=True,
        description="Whether the rest becomes free; false keeps it for another capture. / 是否释放余下部分。",
    )


@strawberry.input(description="Frees what is still held. / 释放冻结额。")
class ReleaseInput(CallInput):
    programme: str = strawberry.field(default="main", description=_PROGRAMME)
    operation: strawberry.ID = strawberry.field(description="The hold's operation. / 冻结操作的编号。")


@strawberry.input(description="Undoes part of an earlier operation, or all of it. / 撤销先前操作的部分或全部。")
class UndoInput(CallInput):
    programme: str = strawberry.field(default="main", description=_PROGRAMME)
    operation: strawberry.ID = strawberry.field(description="The earlier operation. / 先前操作的编号。")
    amount: Amount = strawberry.field(description=_AMOUNT)


@strawberry.input(description="Corrects a record's account by hand. / 人工调整某条记录的账户。")
class AdjustInput(_AssetInput):
    record: RecordInput = strawberry.field(description="Whose account. / 所属客户记录。")
    amount: Amount = strawberry.field(description="What to add; below 0 to take away. / 增加的数额，负数为扣减。")
    author: str = strawberry.field(description="Who does it. / 操作人。")
    reason: str = strawberry.field(description="Why; it is kept. / 理由，永久保留。")


@strawberry.input(description="What one person gives to another. / 顾客之间的转让。")
class TransferInput(_AssetInput):
    person: PersonBy = strawberry.field(description="Who gives. / 转出者。")
    receiver: RecordInput = strawberry.field(description="A record of who gets it. / 接收者的客户记录。")
    amount: Amount = strawberry.field(description=_AMOUNT)
