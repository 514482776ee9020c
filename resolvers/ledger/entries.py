"""A person's ledger in GraphQL: entries, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

import strawberry

from graph.balances import HeldAccount
from graph.ledger_history import TracedEntry
from graph.ledger_rows import entry_key, lot_key
from hub.core.access import Scope
from hub.core.ledger import FOREVER_MS, Entry
from hub.services.ledger.history import Place, begin, pass_over
from resolvers.access import opened_by
from resolvers.cursors import write_ledger_cursor
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.order import RecordRef
from resolvers.paging import Asked, PageInfo, cut_page, make_page_info
from resolvers.scalars import Amount, Instant


@strawberry.enum(description="What an entry is about. / 分录的类型。")
class EntryKind(Enum):
    OPENING = strawberry.enum_value("opening", description="What there was before the hub. / 期初余额。")
    EARN = strawberry.enum_value("earn", description="Earned. / 获得。")
    CONFIRM = strawberry.enum_value("confirm", description="It is known from when it can be spent. / 确认生效时间。")
    SPEND = strawberry.enum_value("spend", description="Spent. / 使用。")
    REFUND = strawberry.enum_value("refund", description="Given back to its lots. / 退回原批次。")
    HOLD = strawberry.enum_value("hold", description="Kept for a till. / 冻结。")
    CAPTURE = strawberry.enum_value("capture", description="What was kept is used up. / 扣除冻结额。")
    RELEASE = strawberry.enum_value("release", description="What was kept is free again. / 释放冻结额。")
    LAPSE = strawberry.enum_value("lapse", description="A hold's deadline passed. / 冻结到期，自动释放。")
    REVERSE = strawberry.enum_value("reverse", description="Taken back, as for a returned order. / 收回，例如退货。")
    REPAY = strawberry.enum_value("repay", description="A debt was paid. / 抵还欠额。")
    FORGIVE = strawberry.enum_value("forgive", description="A debt was forgiven. / 免除欠额。")
    EXPIRE = strawberry.enum_value("expire", description="Expired unspent. / 过期。")
    ADJUST = strawberry.enum_value("adjust", description="Corrected by hand. / 人工调整。")
    TRANSFER_OUT = strawberry.enum_value("transfer_out", description="Given to another. / 转出。")
    TRANSFER_IN = strawberry.enum_value("transfer_in", description="Got from another. / 转入。")


@opened_by(Scope.POINTS_READ)
@strawberry.type(description="What an entry does to one lot. / 分录对某一批次的影响。")
class LotChange:
    lot: strawberry.ID = strawberry.field(description="The lot, unique in the hub. / 批次编号，全局唯一。")
    amount: Amount = strawberry.field(description="By how much what is left of it changes. / 批次剩余额的变化。")
    held: Amount = strawberry.field(description="By how much what is held of it changes. / 批次冻结额的变化。")
    available_at: Instant | None = strawberry.field(
        description="From when it can be spent, where the entry says so and it is known. / 可用起始时间（如有）。"
    )
    expires_at: Instant | None = strawberry.field(
        description="Until when it can be spent, where the entry says so and it expires. / 过期时间（如有）。"
    )


@opened_by(Scope.POINTS_READ)
@strawberry.type(description="One line of the ledger; it never changes. / 账本中的一条分录，不会更改。")
class LedgerEntry(Node):
    programme: str = strawberry.field(description="The programme. / 会员计划。")
    asset: str = strawberry.field(description="The asset. / 资产。")
    kind: EntryKind = strawberry.field(description="What it is about. / 类型。")
    at: Instant = strawberry.field(description="When it took effect. / 生效时间。")
    amount: Amount = strawberry.field(
        description="By how much what the record holds changes, debts taken off. / 净额变化，欠额计为负。"
    )
    held: Amount = strawberry.field(description="By how much what is held changes. / 冻结额的变化。")
    debt: Amount = strawberry.field(description="By how much the debt changes. / 欠额的变化。")
    record: RecordRef = strawberry.field(
        description="Whose account it is on: a record of the person. / 所属的客户记录。"
    )
    lots: list[LotChange] = strawberry.field(description="The lots that it touches, in order. / 涉及的批次，按顺序。")
    operation: strawberry.ID | None = strawberry.field(
        description="The operation that it belongs to; null where time did it. / 所属操作；到期等自动分录为空。"
    )
    cause: str | None = strawberry.field(description="What it was for, such as an order. / 原因，例如订单。")
    rule: str | None = strawberry.field(
        description="The version of the rule that worked out the amount. / 计算该数额的规则版本。"
    )
    author: str | None = strawberry.field(description="Who did it by hand. / 操作人（人工调整）。")
    reason: str | None = strawberry.field(description="Why, in their words. / 理由。")


@opened_by(Scope.POINTS_READ)
@strawberry.type(description="An entry and its place in the ledger. / 分录及其在账本中的位置。")
class LedgerEdge:
    node: LedgerEntry = strawberry.field(description="The entry. / 分录。")
    place: strawberry.Private[Place]

    @described("Pass it as `after` to go on from here. / 作为 `after` 从此处继续。")
    def cursor(self) -> str:
        return write_ledger_cursor(self.place)


@opened_by(Scope.POINTS_READ)
@strawberry.type(
    description="A page of entries, newest first; entries that arrive later do not move it. / "
    "一页分录，最新的在前；之后新增的分录不影响翻页。"
)
class LedgerConnection:
    edges: list[LedgerEdge] = strawberry.field(description="The entries with their cursors. / 分录及其游标。")
    nodes: list[LedgerEntry] = strawberry.field(description="The entries alone. / 仅分录。")
    page_info: PageInfo = strawberry.field(description="How to go on. / 如何取下一页。")


def begin_page(held: Place, asked: Asked[Place]) -> Place:
    """Where a page begins among accounts that are held, each with the number of its entries."""
    if asked.place is None and asked.backward:
        return dict.fromkeys(held, 0)
    return begin(held, asked.place)


def make_ledger_connection(
    start: Place, read: Sequence[TracedEntry], accounts: Iterable[HeldAccount], asked: Asked[Place]
) -> LedgerConnection:
    """A page of entries that were read from a place: one more, and backwards also the one whose cursor it is."""
    owners = {one.account.key: one for one in accounts}
    marked = _mark(start, read, backward=asked.backward)
    # Backwards the first that is met is the cursor's own entry, unless its account went to somebody else.
    if asked.backward and asked.place is not None and asked.place.keys() == start.keys():
        marked = marked[:-1]
    page, has_more = cut_page(marked, asked.size, backward=asked.backward)
    edges = [LedgerEdge(node=show_entry(one, owners[one.entry.account]), place=place) for one, place in page]
    ends = [edge.cursor() for edge in (*edges[:1], *edges[-1:])]
    return LedgerConnection(
        edges=edges, nodes=[edge.node for edge in edges], page_info=make_page_info(ends, asked, has_more=has_more)
    )


def _mark(start: Place, read: Sequence[TracedEntry], *, backward: bool) -> list[tuple[TracedEntry, Place]]:
    """Each entry, newest first, with the place behind it."""
    place, marked = dict(start), list[tuple[TracedEntry, Place]]()
    for one in reversed(read) if backward else read:
        behind = pass_over(place, [one])
        marked.append((one, behind))
        place = {**place, one.entry.account: one.entry.number} if backward else behind
    return marked[::-1] if backward else marked


def show_entry(one: TracedEntry, owner: HeldAccount) -> LedgerEntry:
    """A stored entry as it is shown, with the account that it is on."""
    entry = one.entry
    return LedgerEntry(
        id=write_global_id(Kind.ENTRY, entry_key(entry.account, entry.number)),
        programme=owner.programme,
        asset=owner.asset,
        kind=EntryKind(entry.kind.value),
        at=Instant(entry.at_ms),
        amount=Amount(entry.amount),
        held=Amount(sum(move.held for move in entry.moves)),
        debt=Amount(entry.debt),
        record=RecordRef.of(owner.record),
        lots=_show_lots(entry),
        operation=None if one.operation is None else strawberry.ID(one.operation),
        **{name: getattr(one, name) or None for name in ("cause", "rule", "author", "reason")},
    )


def _show_lots(entry: Entry) -> list[LotChange]:
    terms: Mapping[str, tuple[int, int]] = {lot.id: (lot.pending_ms, lot.expires_ms) for lot in entry.opened}
    if entry.term is not None:
        terms = {**terms, entry.term.lot: (entry.term.pending_ms, entry.term.expires_ms)}
    changes = {lot.id: (lot.amount, 0) for lot in entry.opened}
    changes |= {move.lot: (move.left, move.held) for move in entry.moves}
    return [_show_lot(entry.account, lot, *changes.get(lot, (0, 0)), terms.get(lot)) for lot in {**changes, **terms}]


def _show_lot(account: str, lot: str, amount: int, held: int, term: tuple[int, int] | None) -> LotChange:
    pending_ms, expires_ms = term or (FOREVER_MS, FOREVER_MS)
    return LotChange(
        lot=strawberry.ID(lot_key(account, lot)),
        amount=Amount(amount),
        held=Amount(held),
        available_at=show_instant(pending_ms),
        expires_at=show_instant(expires_ms),
    )


def show_instant(instant_ms: int) -> Instant | None:
    """An instant of a lot's, if there is one: 0 and the end of time stand for none."""
    return Instant(instant_ms) if 0 < instant_ms < FOREVER_MS else None
