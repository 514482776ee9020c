"""The section `orders` of a programme's document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from hub.services.documents.values import Day, Nullable, Part, Whole
from rules.orders import OrderTerms

_DEFAULT = OrderTerms()


class OrdersPart(Part):
    """When orders earn, and from when on that can be spent. / 订单何时积分、积分何时可用。"""

    pending_days: Annotated[int, Field(ge=0, le=3650), BeforeValidator(Whole(0, 3650))] = Field(
        _DEFAULT.pending_days,
        description="Whole days, in the programme's timezone, after the day of receipt; 0: at once. "
        "/ 收货日之后满几个自然日积分可用，0 为立即可用。",
    )
    forfeited_deposit: Literal["earn", "nothing"] = Field(
        _DEFAULT.forfeited_deposit,
        description="What a deposit earns that was kept when its order was closed unpaid. / 定金没收时是否积分。",
    )
    earning_from: Annotated[Day | None, Nullable] = Field(
        _DEFAULT.earning_from,
        description="The first day whose payments earn; null: all do. / 自哪一天起付款的订单才积分。",
    )

    def to_terms(self) -> OrderTerms:
        """The terms that it lays down."""
        return OrderTerms(self.pending_days, self.forfeited_deposit, self.earning_from)
