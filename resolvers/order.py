"""Orders in GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Self

import strawberry

from graph.orders import PageStart, PlacedOrder
from hub.core.access import Scope
from hub.core.model import OrderLine as StoredLine
from hub.core.model import RecordKey
from resolvers.access import ANYONE, opened_by
from resolvers.cursors import write_order_cursor
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.paging import Asked, PageInfo, cut_page, make_page_info
from resolvers.scalars import Fen, Instant


@opened_by(*ANYONE)
@strawberry.type(description="Names one customer record in one system. / 指向某个系统中的一条客户记录。")
class RecordRef:
    system: str = strawberry.field(description="The system, such as tmall:flagship. / 系统名，例如 tmall:flagship。")
    external_id: str = strawberry.field(description="The record's id in that system. / 该记录在其系统中的编号。")

    @classmethod
    def of(cls, key: RecordKey) -> Self:
        """The reference to a record's key."""
        return cls(system=key.system, external_id=key.external_id)


@opened_by(Scope.ORDERS_READ)
@strawberry.type(description="One line of an order. / 订单行。")
class OrderLine:
    line_id: str = strawberry.field(description="Unique within the order. / 订单内唯一。")
    sku: str = strawberry.field(description="The article's code. / 商品编码。")
    name: str = strawberry.field(description="The article's name. / 商品名称。")
    quantity: int = strawberry.field(description="How many. / 数量。")
    amount_fen: Fen = strawberry.field(description="What the whole line cost. / 整行实付金额。")

    @classmethod
    def of(cls, line: StoredLine) -> Self:
        """The stored line as it is shown."""
        return cls(
            line_id=line.line_id,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            amount_fen=Fen(line.amount_fen),
        )


@strawberry.enum(description="How far an order has come. / 订单进度。")
class OrderStatus(Enum):
    CREATED = strawberry.enum_value("created", description="Placed, not yet paid. / 已下单，未付款。")
    DEPOSIT_PAID = strawberry.enum_value("deposit_paid", description="Paid down, a presale. / 已付定金（预售）。")
    PAID = strawberry.enum_value("paid", description="Paid, not yet sent. / 已付款，未发货。")
    SHIPPED = strawberry.enum_value("shipped", description="On its way. / 已发货。")
    RECEIVED = strawberry.enum_value("received", description="With the customer. / 已收货。")
    EXCHANGED = strawberry.enum_value("exchanged", description="Lines were exchanged for others. / 已换货。")
    REFUNDED = strawberry.enum_value("refunded", description="Paid back. / 已退款。")
    CLOSED = strawberry.enum_value("closed", description="Cancelled. / 已关闭。")


@opened_by(Scope.ORDERS_READ)
@strawberry.type(description="One purchase, as its system tells it. / 一笔订单，以来源系统为准。")
class Order(Node):
    system: str = strawberry.field(description="Where it was placed. / 下单的系统。")
    order_id: str = strawberry.field(description="Its number in that system. / 在该系统中的订单号。")
    placed_at: Instant = strawberry.field(description="When it was placed. / 下单时间。")
    status: OrderStatus = strawberry.field(description="How far it has come. / 当前状态。")
    amount_fen: Fen = strawberry.field(description="Its total. / 订单金额。")
    store: str | None = strawberry.field(description="The store, where there was one. / 门店（如有）。")
    record: RecordRef = strawberry.field(description="The customer record that placed it. / 下单的客户记录。")
    placed: strawberry.Private[PlacedOrder]

    @described("What was bought. / 购买的商品。")
    def lines(self) -> list[OrderLine]:
        return [OrderLine.of(line) for line in self.placed.lines]

    @classmethod
    def of(cls, order: PlacedOrder) -> Self:
        """The stored order as it is shown."""
        return cls(
            id=write_global_id(Kind.ORDER, order.key),
            system=order.system,
            order_id=order.order_id,
            placed_at=Instant(order.placed_ms),
            status=OrderStatus(order.status),
            amount_fen=Fen(order.amount_fen),
            store=order.store,
            record=RecordRef.of(order.record),
            placed=order,
        )


@opened_by(Scope.ORDERS_READ)
@strawberry.type(description="An order and its place in the list. / 订单及其在列表中的位置。")
class OrderEdge:
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here. / 作为 `after` 从此处继续。")
    node: Order = strawberry.field(description="The order. / 订单。")


@opened_by(Scope.ORDERS_READ)
@strawberry.type(description="A page of orders, newest first. / 一页订单，最新的在前。")
class OrderConnection:
    page: strawberry.Private[Sequence[PlacedOrder]]
    asked: strawberry.Private[Asked[PageStart]]
    has_more: strawberry.Private[bool]

    @described("The orders with their cursors. / 订单及其游标。")
    def edges(self) -> list[OrderEdge]:
        return [OrderEdge(cursor=_write_cursor(order), node=Order.of(order)) for order in self.page]

    @described("The orders alone. / 仅订单。")
    def nodes(self) -> list[Order]:
        return [Order.of(order) for order in self.page]

    @described("How to go on. / 如何取下一页。")
    def page_info(self) -> PageInfo:
        return make_page_info([_write_cursor(order) for order in self.page], self.asked, has_more=self.has_more)


def make_order_connection(orders: list[PlacedOrder], asked: Asked[PageStart]) -> OrderConnection:
    """A page from a list, newest first, that was asked for one order more."""
    page, has_more = cut_page(orders, asked.size, backward=asked.backward)
    return OrderConnection(page=page, asked=asked, has_more=has_more)


def _write_cursor(order: PlacedOrder) -> str:
    return write_order_cursor(PageStart(order.placed_ms, order.key))
