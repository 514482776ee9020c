"""What a balance is made up of, in GraphQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

import strawberry

from graph.balances import HeldAccount
from graph.lots import LotPlace, LotRange
from hub.core.access import Scope
from resolvers.access import opened_by
from resolvers.context import Context, Info
from resolvers.cursors import Place, read_place_cursor, write_place_cursor
from resolvers.described import described
from resolvers.keys import LotsKey
from resolvers.ledger.holds import Hold, show_holds
from resolvers.ledger.lots import HeldLot, Lot
from resolvers.order import RecordRef
from resolvers.paging import After, Asked, Before, First, Last, PageInfo, make_page_info, page_list, read_page
from resolvers.scalars import Amount

_read_cursor: Final = partial(read_place_cursor, "lot", (int, int, str, str))


@opened_by(Scope.POINTS_READ)
@strawberry.type(description="A lot and its place in the list. / 批次及其在列表中的位置。")
class LotEdge:
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here. / 作为 `after` 从此处继续。")
    node: Lot = strawberry.field(description="The lot. / 批次。")


@opened_by(Scope.POINTS_READ)
@strawberry.type(description="A page of lots, the soonest to expire first. / 一页批次，最早过期的在前。")
class LotConnection:
    edges: list[LotEdge] = strawberry.field(description="The lots with their cursors. / 批次及其游标。")
    nodes: list[Lot] = strawberry.field(description="The lots alone. / 仅批次。")
    page_info: PageInfo = strawberry.field(description="How to go on. / 如何取下一页。")


@opened_by(Scope.POINTS_READ)
@strawberry.type(description="What one record's account owes. / 某条记录的账户的欠额。")
class Debt:
    record: RecordRef = strawberry.field(description="The record. / 所属客户记录。")
    amount: Amount = strawberry.field(
        description="How much: what comes in next on it pays that. / 欠额，由新所得抵还。"
    )


@opened_by(Scope.POINTS_READ)
@strawberry.type(
    description="What a balance is made up of at its instant: what is left of its lots, less debts, is available, "
    "pending or held. / 余额的构成：各批次余额减欠额，即可用、待生效与冻结之和。"
)
class BalanceExplanation:
    accounts: strawberry.Private[Sequence[HeldAccount]]
    at_ms: strawberry.Private[int]

    @described(
        "The lots of which something is left and that have not come to their end, the soonest to expire first: "
        "spending takes them in this order, once they are not pending. / "
        "尚有余额且未过期的批次，最早过期的在前，即使用顺序（待生效的除外）。"
    )
    async def lots(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> LotConnection:
        asked = read_page(first, after, last, before, _read_cursor)
        found = await _find_lots(info.context, self.accounts, self.at_ms, asked)
        page, has_more = page_list(sorted(found, key=_place), _place, asked)
        edges = [LotEdge(cursor=write_place_cursor("lot", _place(one)), node=Lot.of(one)) for one in page]
        return LotConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=make_page_info([edge.cursor for edge in edges], asked, has_more=has_more),
        )

    @described("What is owed, by record; empty where nothing is. / 各记录的欠额，无则为空。")
    def debts(self) -> list[Debt]:
        owed = ((one, one.account.owed(self.at_ms)) for one in self.accounts)
        return [Debt(record=RecordRef.of(one.record), amount=Amount(amount)) for one, amount in owed if amount]

    @described("What is kept for tills, the next deadline first. / 冻结中的数额，最早到期的在前。")
    def holds(self) -> list[Hold]:
        return show_holds(self.accounts, self.at_ms)


async def _find_lots(
    context: Context, accounts: Iterable[HeldAccount], at_ms: int, asked: Asked[Place]
) -> list[HeldLot]:
    """The lots among which the page is, one more; those of accounts that do not come with theirs are read."""
    owners = {one.account.key: one for one in accounts}
    found = [(key, lot) for key, one in owners.items() if one.whole for lot in one.account.lots.values()]
    beyond = None if asked.place is None else LotPlace(*asked.place)
    ranges = [LotRange(key, at_ms, beyond, asked.backward) for key, one in sorted(owners.items()) if not one.whole]
    if ranges:
        found += await context.loaders.lot_pages.load(LotsKey(tuple(ranges), asked.size + 1, asked.backward))
    return [HeldLot(owners[key], lot, at_ms) for key, lot in found if lot.left and lot.expires_ms > at_ms]


def _place(held: HeldLot) -> LotPlace:
    return LotPlace.of(held.owner.account.key, held.lot)
