"""What a person holds, in GraphQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Self

import strawberry

from graph.balances import HeldAccount
from hub.core.access import Scope
from hub.services.ledger.balance import Balance as HeldBalance
from hub.services.ledger.balance import add_up_all
from hub.services.ledger.programmes import Programmes
from resolvers.access import opened_by
from resolvers.described import described
from resolvers.ledger.explanation import BalanceExplanation
from resolvers.scalars import Amount, Instant


@strawberry.enum(description="What an amount of 1 is. / 数额 1 所代表的单位。")
class Unit(Enum):
    POINT = strawberry.enum_value("point", description="A point. / 一个积分。")
    FEN = strawberry.enum_value("fen", description="A fen, a hundredth of a yuan. / 一分钱，百分之一元。")


@opened_by(Scope.POINTS_READ, Scope.POINTS_WRITE)
@strawberry.type(description="What expires next unless it is spent. / 下一笔即将过期的数额。")
class Expiring:
    amount: Amount = strawberry.field(description="How much. / 数额。")
    at: Instant = strawberry.field(description="It can be spent before then. / 过期时间，在此之前可用。")


@opened_by(Scope.POINTS_READ, Scope.POINTS_WRITE, explain=Scope.POINTS_READ)
@strawberry.type(
    description="What a person holds of one asset, added up over their records. / 顾客名下某项资产的余额，各记录合计。"
)
class Balance:
    programme: str = strawberry.field(description="The programme. / 会员计划。")
    asset: str = strawberry.field(description="The asset: points, stored_value. / 资产：积分、储值等。")
    unit: Unit = strawberry.field(description="What an amount of 1 is. / 单位。")
    available: Amount = strawberry.field(
        description="Can be spent now, debts taken off; below 0 where more is owed than is there. / "
        "当前可用，已扣除欠额；欠额更多时为负。"
    )
    pending: Amount = strawberry.field(
        description="Can be spent later, unless an order is cancelled. / 待生效，订单取消则作废。"
    )
    held: Amount = strawberry.field(description="Kept for tills; see `holds`. / 冻结中，详见 `holds`。")
    debt: Amount = strawberry.field(
        description="What has to be earned before anything can be spent again. / 欠额，须先由新所得抵还。"
    )
    expiring_next: Expiring | None = strawberry.field(
        description="What of it expires next; null if nothing does. / 下一笔过期的数额；无则为空。"
    )

    held_accounts: strawberry.Private[Sequence[HeldAccount]]
    at_ms: strawberry.Private[int]

    @described("What it is made up of: lots, debts, holds. / 余额的构成：批次、欠额、冻结。")
    def explain(self) -> BalanceExplanation:
        about = self.programme, self.asset
        mine = [one for one in self.held_accounts if (one.programme, one.asset) == about]
        return BalanceExplanation(accounts=mine, at_ms=self.at_ms)

    @classmethod
    def of(cls, balance: HeldBalance, accounts: Sequence[HeldAccount], at_ms: int) -> Self:
        """The balance as it is shown, with the accounts of its person."""
        expiring = None
        if balance.expiring_ms is not None:
            expiring = Expiring(amount=Amount(balance.expiring), at=Instant(balance.expiring_ms))
        return cls(
            programme=balance.programme,
            asset=balance.asset,
            unit=Unit(balance.unit),
            available=Amount(balance.available),
            pending=Amount(balance.pending),
            held=Amount(balance.held),
            debt=Amount(balance.owed),
            expiring_next=expiring,
            held_accounts=accounts,
            at_ms=at_ms,
        )


def show_balances(programmes: Programmes, accounts: Iterable[HeldAccount], now_ms: int) -> list[Balance]:
    """The balances of all assets of all programmes, in their order, those of nothing included."""
    held = list(accounts)
    return [Balance.of(balance, held, now_ms) for balance in add_up_all(programmes, held, now_ms=now_ms)]
