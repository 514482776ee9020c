"""Operations of the ledger in GraphQL."""

from __future__ import annotations

from typing import Self

import strawberry

from graph.ledger_rows import lot_key
from hub.core.access import Scope
from hub.core.ledger import Operation
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.ledger.parts import OPERATIONS, LotPart
from resolvers.person import Person
from resolvers.scalars import Amount, Instant


@opened_by(*OPERATIONS, person=Scope.PERSON_READ)
@strawberry.type(
    description="What was done once for an idempotency key; kept for good. / 某个幂等键完成的操作，永久保留。"
)
class LedgerOperation(Node):
    key: strawberry.ID = strawberry.field(
        description="`caller|idempotencyKey`: later operations refer to it by this. / 操作编号，供后续操作引用。"
    )
    kind: str = strawberry.field(description="earn, spend, tier_buy, coupon_redeem and so on. / 操作类型。")
    programme: str = strawberry.field(description="The programme. / 会员计划。")
    asset: str = strawberry.field(
        description="The asset; empty where it is about a membership. / 资产；会员身份操作时为空。"
    )
    amount: Amount = strawberry.field(
        description="How much it was about; of a membership in fen, or times. / 数额；会员身份操作时为分或次数。"
    )
    at: Instant = strawberry.field(description="When it took effect. / 生效时间。")
    used: Amount = strawberry.field(
        description="How much of it later operations refunded or captured. / 之后已退回或已扣除的数额。"
    )
    lots: list[LotPart] = strawberry.field(
        description="The lots that it opened, took from or held, in order. / 新增、使用或冻结的批次，按顺序。"
    )
    original: strawberry.ID | None = strawberry.field(
        description="The operation that it undoes or completes. / 所撤销或完成的原操作。"
    )
    cause: str | None = strawberry.field(description="What it was for, such as an order. / 原因，例如订单。")
    rule: str | None = strawberry.field(
        description="The version of the rule that worked out the amount. / 计算该数额的规则版本。"
    )
    author: str | None = strawberry.field(description="Who did it by hand. / 操作人（人工调整）。")
    reason: str | None = strawberry.field(description="Why, in their words. / 理由。")
    request_hash: str = strawberry.field(
        description="A hash of the request, with a key of the hub's: another request under the same idempotency key is "
        "refused. / 请求的加密钥摘要。"
    )
    person_id: strawberry.Private[str]

    @described("Whose it was, as they are known now; null once they are erased. / 所属顾客；已删除时为空。")
    async def person(self, info: Info) -> Person | None:
        found = await info.context.loaders.accounts.load(self.person_id)
        return None if found is None else Person.of(found.person)

    @classmethod
    def of(cls, operation: Operation) -> Self:
        """The operation as it is shown."""
        return cls(
            id=write_global_id(Kind.OPERATION, operation.key),
            key=strawberry.ID(operation.key),
            kind=operation.kind,
            programme=operation.programme,
            asset=operation.asset,
            amount=Amount(operation.amount),
            at=Instant(operation.at_ms),
            used=Amount(operation.used),
            lots=[
                LotPart(lot=strawberry.ID(lot_key(part.account, part.lot)), amount=Amount(part.amount))
                for part in operation.slices
            ],
            original=None if operation.original is None else strawberry.ID(operation.original),
            request_hash=operation.digest,
            person_id=operation.person,
            **{name: getattr(operation, name) or None for name in ("cause", "rule", "author", "reason")},
        )
