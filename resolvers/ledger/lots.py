"""Lots in GraphQL: what was earned at once, and what has become of it."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple, Self

import strawberry

from graph.balances import HeldAccount
from graph.ledger_history import EntryRange, TracedEntry
from graph.ledger_rows import lot_key
from hub.core.access import Scope
from hub.core.errors import InvalidInput
from hub.core.ledger import Lot as KeptLot
from resolvers.access import opened_by
from resolvers.context import Context, Info
from resolvers.cursors import Place, read_ledger_cursor
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.ledger.entries import LedgerConnection, LedgerEdge, LedgerEntry, show_entry, show_instant
from resolvers.order import RecordRef
from resolvers.paging import After, Asked, Before, First, Last, make_page_info, page_list, read_page
from resolvers.scalars import Amount, Instant


class HeldLot(NamedTuple):
    """A lot of an account at an instant; what holds keep of it is the account's to say."""

    owner: HeldAccount
    lot: KeptLot
    at_ms: int


@opened_by(Scope.POINTS_READ)
@strawberry.type(description="What was earned at once, and what has become of it. / 一次获得的批次及其去向。")
class Lot(Node):
    key: strawberry.ID = strawberry.field(
        description="As entries and operations name it, unique in the hub. / 批次编号，与分录和操作中的一致。"
    )
    programme: str = strawberry.field(description="The programme. / 会员计划。")
    asset: str = strawberry.field(description="The asset. / 资产。")
    record: RecordRef = strawberry.field(
        description="The record by which it was earned: a record of the person. / 获得该批次的客户记录。"
    )
    origin: str | None = strawberry.field(
        description="What it was earned by, such as a line of an order. / 来源，例如订单行。"
    )
    earned_at: Instant = strawberry.field(description="When it was earned. / 获得时间。")
    available_at: Instant | None = strawberry.field(
        description="From when it can be spent; null where that is at once, or not known yet. / "
        "可用起始时间；立即可用或尚未确定时为空。"
    )
    pending: bool = strawberry.field(description="Whether it cannot be spent yet. / 是否待生效。")
    expires_at: Instant | None = strawberry.field(
        description="It can be spent before then; null for ever. / 过期时间，不过期则为空。"
    )
    amount: Amount = strawberry.field(description="How much was earned. / 获得的数额。")
    left: Amount = strawberry.field(description="How much of it is left, held or not. / 剩余数额，含冻结。")
    held: Amount = strawberry.field(description="How much of that is kept for tills. / 其中冻结的数额。")
    spent: Amount = strawberry.field(
        description="How much was spent, given away or paid a debt, net of refunds. / 已使用、转出或抵欠的净额。"
    )
    expired: Amount = strawberry.field(description="How much expired. / 已过期的数额。")
    reversed: Amount = strawberry.field(
        description="How much was taken back, also of what was spent before. / 已收回的数额，含此前已使用的。"
    )
    held_lot: strawberry.Private[HeldLot]

    @described(
        "The entry that opened it: operation, cause and version of the rule. / 产生该批次的分录：操作、原因与规则版本。"
    )
    async def opened_by(self, info: Info) -> LedgerEntry:
        owner, lot, _ = self.held_lot
        asked = EntryRange(owner.account.key, lot.opened_by, lot.opened_by)
        [entry] = await info.context.loaders.entry_ranges.load(asked)
        return show_entry(entry, owner)

    @described(
        "The entries that touched it, newest first. They are found among all entries of its account since it was "
        "opened, each of which costs 1. / 涉及该批次的分录，最新的在前；从其所属账户此后的全部分录中查找，每条计费 1。"
    )
    async def entries(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> LedgerConnection:
        account = self.held_lot.owner.account.key
        asked = read_page(first, after, last, before, partial(_read_place, account))
        return _make_connection(await _find_entries(info.context, self.held_lot, asked), self.held_lot.owner, asked)

    @classmethod
    def of(cls, held: HeldLot) -> Self:
        """The lot as it is shown."""
        owner, lot, at_ms = held
        key = lot_key(owner.account.key, lot.id)
        return cls(
            id=write_global_id(Kind.LOT, key),
            key=strawberry.ID(key),
            programme=owner.programme,
            asset=owner.asset,
            record=RecordRef.of(owner.record),
            origin=lot.origin or None,
            earned_at=Instant(lot.earned_ms),
            available_at=show_instant(lot.pending_ms),
            pending=lot.pending_ms > at_ms,
            expires_at=show_instant(lot.expires_ms),
            amount=Amount(lot.amount),
            left=Amount(lot.left),
            held=Amount(owner.account.kept_of_lots(at_ms)[lot.id]),
            spent=Amount(lot.spent),
            expired=Amount(lot.expired),
            reversed=Amount(lot.reversed),
            held_lot=held,
        )


def _read_place(account: str, cursor: str) -> Place:
    """The place of the entry behind a cursor of the ledger, in an account, newest first."""
    number = read_ledger_cursor(cursor).get(account)
    if number is None:
        raise InvalidInput("This cursor is not one of this list: pass an endCursor or a cursor of the same list.")
    return (-number - 1,)


async def _find_entries(context: Context, held: HeldLot, asked: Asked[Place]) -> list[TracedEntry]:
    """The entries that touched a lot, newest first, as far as the page may lie; what is read is charged first."""
    owner, lot, _ = held
    first, last = lot.opened_by, owner.account.entries
    if asked.place is not None and asked.backward:
        first = max(first, 1 - asked.place[0])
    elif asked.place is not None:
        last = min(last, -asked.place[0] - 1)
    among = EntryRange(owner.account.key, first, last)
    if not context.loaders.entry_ranges.knows(among):
        context.meter.add(len(among.numbers))
    return [one for one in reversed(await context.loaders.entry_ranges.load(among)) if one.entry.touches(lot.id)]


def _make_connection(entries: list[TracedEntry], owner: HeldAccount, asked: Asked[Place]) -> LedgerConnection:
    page, has_more = page_list(entries, lambda one: (-one.entry.number,), asked)
    account = owner.account.key
    edges = [LedgerEdge(node=show_entry(one, owner), place={account: one.entry.number - 1}) for one in page]
    return LedgerConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=make_page_info([edge.cursor() for edge in edges], asked, has_more=has_more),
    )
