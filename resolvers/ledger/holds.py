"""What is kept for tills, in GraphQL."""

from __future__ import annotations

from collections.abc import Iterable

import strawberry

from graph.balances import HeldAccount
from graph.ledger_rows import lot_key
from hub.core.access import Scope
from hub.core.ledger import Hold as KeptHold
from resolvers.access import opened_by
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.ledger.parts import LotPart
from resolvers.scalars import Amount, Instant


@opened_by(Scope.POINTS_READ)
@strawberry.type(description="What is kept for a till until a deadline. / 为收银暂时冻结的数额。")
class Hold(Node):
    operation: strawberry.ID = strawberry.field(
        description="The operation that holds it, to be captured or released. / 冻结操作的编号，用于扣除或释放。"
    )
    programme: str = strawberry.field(description="The programme. / 会员计划。")
    asset: str = strawberry.field(description="The asset. / 资产。")
    amount: Amount = strawberry.field(description="How much is still kept. / 仍被冻结的数额。")
    expires_at: Instant = strawberry.field(description="When it becomes free by itself. / 自动释放的时间。")
    parts: list[LotPart] = strawberry.field(description="What it keeps of which lots. / 冻结的各批次及数额。")


def show_holds(accounts: Iterable[HeldAccount], now_ms: int) -> list[Hold]:
    """What is kept of a person's accounts at an instant, the next deadline first; one a holding operation."""
    found: dict[str, Hold] = {}
    for one in accounts:
        for key, hold in one.account.holds.items():
            if hold.deadline_ms > now_ms:
                known = found.setdefault(key, _show_empty(one, key, hold))
                known.amount = Amount(known.amount + hold.amount)
                known.parts += [
                    LotPart(lot=strawberry.ID(lot_key(one.account.key, part.lot)), amount=Amount(part.amount))
                    for part in hold.parts
                ]
    return sorted(found.values(), key=lambda hold: (hold.expires_at, hold.operation))


def _show_empty(one: HeldAccount, key: str, hold: KeptHold) -> Hold:
    return Hold(
        id=write_global_id(Kind.HOLD, key),
        operation=strawberry.ID(key),
        programme=one.programme,
        asset=one.asset,
        amount=Amount(0),
        expires_at=Instant(hold.deadline_ms),
        parts=[],
    )
