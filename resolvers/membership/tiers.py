"""A person's tier in GraphQL: where they are, how they came there, what lies ahead."""

from __future__ import annotations

from enum import Enum
from typing import Self

import strawberry

from hub.core.access import Scope
from hub.core.ledger import FOREVER_MS
from hub.services.membership.show import Grant, PaidTerm, Progress, Stay
from resolvers.access import opened_by
from resolvers.scalars import Amount, Fen, Instant


@strawberry.enum(description="Why a tier began. / 等级开始的原因。")
class TierChange(Enum):
    JOINED = strawberry.enum_value("joined", description="The membership began. / 成为会员。")
    UPGRADED = strawberry.enum_value("upgraded", description="It was earned. / 达成条件升级。")
    DOWNGRADED = strawberry.enum_value("downgraded", description="A qualification lapsed. / 条件失效降级。")
    GRANTED = strawberry.enum_value("granted", description="It was given by hand. / 人工授予。")
    BOUGHT = strawberry.enum_value("bought", description="It was paid for. / 付费购买。")
    ENDED = strawberry.enum_value("ended", description="A grant or a paid term ended. / 授予或付费期结束。")


@strawberry.enum(description="What is added up for a tier. / 等级的累计指标。")
class TierMetric(Enum):
    SPEND = strawberry.enum_value("spend", description="Fen spent, net of refunds. / 消费金额（分），已扣除退款。")
    ORDERS = strawberry.enum_value("orders", description="Orders. / 订单数。")
    POINTS = strawberry.enum_value("points", description="Points earned. / 获得的积分。")
    VISITS = strawberry.enum_value("visits", description="Days with a purchase. / 有消费的天数。")


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="A tier from an instant on. / 自某时起的等级。")
class TierStay:
    tier: str = strawberry.field(description="The tier. / 等级。")
    begins_at: Instant = strawberry.field(name="from", description="Since when, or from when on. / 起始时间。")
    why: TierChange = strawberry.field(description="How it came about. / 原因。")
    rule: str | None = strawberry.field(
        description="What it came about by, such as a qualification. / 依据，例如达成条件。"
    )
    announced_at: Instant | None = strawberry.field(
        description="Of a downgrade: since when it can be foretold. / 降级预告的起始时间。"
    )

    @classmethod
    def of(cls, stay: Stay) -> Self:
        """The stay as it is shown."""
        return cls(
            tier=stay.tier,
            begins_at=Instant(stay.from_ms),
            why=TierChange(stay.why),
            rule=stay.rule or None,
            announced_at=None if stay.announced_ms is None else Instant(stay.announced_ms),
        )


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="How far it is to the next tier by one of its qualifications. / 距下一等级的进度。")
class TierProgress:
    tier: str = strawberry.field(description="The next tier that can be earned. / 下一个可达成的等级。")
    metric: TierMetric = strawberry.field(description="What is added up. / 指标。")
    have: Amount = strawberry.field(description="How much there is. / 已累计。")
    least: Amount = strawberry.field(description="How much is needed. / 门槛。")

    @classmethod
    def of(cls, progress: Progress) -> Self:
        """The progress as it is shown."""
        return cls(
            tier=progress.tier,
            metric=TierMetric(progress.metric),
            have=Amount(progress.have),
            least=Amount(progress.least),
        )


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="A tier that was paid for. / 付费等级周期。")
class PaidTier:
    operation: strawberry.ID = strawberry.field(
        description="The operation that sold it, to be renewed or cancelled. / 购买操作的编号，用于续费或取消。"
    )
    tier: str = strawberry.field(description="The tier. / 等级。")
    begins_at: Instant = strawberry.field(name="from", description="From when on. / 起始时间。")
    ends_at: Instant = strawberry.field(name="until", description="Until before, if it is not cancelled. / 截止时间。")
    price_fen: Fen = strawberry.field(description="What it cost. / 价格。")
    cancelled_at: Instant | None = strawberry.field(description="When it was cancelled. / 取消时间。")

    @classmethod
    def of(cls, operation: str, term: PaidTerm) -> Self:
        """The term as it is shown."""
        return cls(
            operation=strawberry.ID(operation),
            tier=term.tier,
            begins_at=Instant(term.from_ms),
            ends_at=Instant(term.to_ms),
            price_fen=Fen(term.price_fen),
            cancelled_at=None if term.cancelled_ms is None else Instant(term.cancelled_ms),
        )


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="A tier that was given by hand. / 人工授予的等级。")
class GrantedTier:
    operation: strawberry.ID = strawberry.field(
        description="The operation that granted it, by which it can be ended. / 授予操作的编号，可用于提前结束。"
    )
    tier: str = strawberry.field(description="The tier. / 等级。")
    begins_at: Instant = strawberry.field(name="from", description="From when on. / 起始时间。")
    ends_at: Instant | None = strawberry.field(
        name="until", description="Until before; null for ever. / 截止时间，无期限时为空。"
    )
    author: str = strawberry.field(description="Who gave it. / 授予人。")
    reason: str = strawberry.field(description="Why, in their words. / 理由。")

    @classmethod
    def of(cls, operation: str, grant: Grant) -> Self:
        """The grant as it is shown."""
        return cls(
            operation=strawberry.ID(operation),
            tier=grant.tier,
            begins_at=Instant(grant.from_ms),
            ends_at=show_end(grant.to_ms),
            author=grant.author,
            reason=grant.reason,
        )


def show_end(to_ms: int | None) -> Instant | None:
    """An end, null where there is none."""
    return None if to_ms is None or to_ms >= FOREVER_MS else Instant(to_ms)
