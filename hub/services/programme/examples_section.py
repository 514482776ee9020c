"""`examples`: orders and what they are to earn, tried on every check and publication."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from hub.core.ledger import MAX_AMOUNT
from hub.core.model import MAX_EXTERNAL_ID_CHARS, System
from hub.services.documents.values import MOST_FEN, Day, Part, Whole, as_value_error
from rules.earning import Buyer, PaidLine, PaidOrder

MOST_EXAMPLES: Final = 100

Amount = Annotated[int, Field(ge=-MOST_FEN, le=MOST_FEN), BeforeValidator(Whole(-MOST_FEN, MOST_FEN))]
Points = Annotated[int, Field(ge=0, le=MAX_AMOUNT), BeforeValidator(Whole(0, MOST_FEN))]
Text = Annotated[str, Field(max_length=MAX_EXTERNAL_ID_CHARS)]


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or not 1970 < moment.year < 9999:
        raise ValueError("expected a date or a time in the programme's zone, such as 2026-06-18 or 2026-06-18T20:00")
    return text


Moment = Annotated[str, AfterValidator(_moment)]
SystemName = Annotated[str, AfterValidator(lambda text: as_value_error(System, text))]


class LinePart(Part):
    """A line of an order. / 订单行。"""

    sku: Text = ""
    name: Text = ""
    quantity: Amount = 1
    amount_fen: Amount


class OrderPart(Part):
    """An order that was paid. / 已付款订单。"""

    system: SystemName = "pos"
    store: Text = ""
    paid: Moment = Field("2026-01-05T12:00", description="In the programme's time zone. / 付款时间（计划所在时区）。")
    amount_fen: Amount
    lines: Annotated[tuple[LinePart, ...], Field(max_length=200)] = ()

    def to_order(self, zone: ZoneInfo) -> PaidOrder:
        """The order as rules read it; lines are numbered from 1."""
        paid = datetime.fromisoformat(self.paid).replace(tzinfo=zone)
        lines = tuple(
            PaidLine(str(number), line.sku, line.name, line.quantity, line.amount_fen)
            for number, line in enumerate(self.lines, 1)
        )
        return PaidOrder(
            self.system, "example", self.store or None, int(paid.timestamp() * 1000), self.amount_fen, lines
        )


class BuyerPart(Part):
    """Who bought. / 买家。"""

    tier: Text = ""
    joined: Moment | None = None
    birthday: Day | None = None

    def to_buyer(self, zone: ZoneInfo) -> Buyer:
        """The buyer as rules read it."""
        joined = None if self.joined is None else datetime.fromisoformat(self.joined).replace(tzinfo=zone)
        return Buyer(self.tier or None, None if joined is None else int(joined.timestamp() * 1000), self.birthday)


class ExamplePart(Part):
    """An order, and what it is to earn. / 一笔订单及其应得积分。"""

    name: Text = Field("", description="What it shows. / 示例说明。")
    order: OrderPart
    buyer: BuyerPart = BuyerPart()
    earned_today: Points = Field(0, description="What other orders of the day have earned. / 当日已得积分。")
    points: Points = Field(description="What the order is to earn. / 应得积分。")
    by_line: dict[str, Points] | None = Field(
        None, description="... and each line, numbered from 1, if it matters. / 各行（从 1 起）应得积分。"
    )
