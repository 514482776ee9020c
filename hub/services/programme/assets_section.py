"""`assets`: what members hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from hub.services.documents.mistakes import Problem
from hub.services.documents.values import Count, Nullable, Part, Switch, Whole
from rules.ledger.expiry import Expiry
from rules.ledger.terms import ClawBack, Terms
from rules.programme import Asset, Worth

_MOST_COUNTED: Final = {"month": 1200, "year": 100}
"""So many of these an expiry may be away: the calendar has an end."""


class ExpiryPart(Part):
    """How long what is earned lives. / 有效期。"""

    kind: Literal["never", "days", "month", "year"] = Field(
        description="never; days: to the end of the last of so many days; month, year: to the end of the month or year "
        "that is so many after the one it was earned in. / 永久、按天、到月末、到年末。"
    )
    count: Annotated[int, Field(ge=0, le=36_500), BeforeValidator(Whole(0, 36_500))] = Field(
        0, description="How many days, months or years. / 数量。"
    )


class WorthPart(Part):
    """What the retailer reckons it at. / 价值折算。"""

    amount: Count = Field(description="For so much of the asset ... / 多少资产 ...")
    fen: Count = Field(description="... so many fen. / ... 折合多少分钱。")


class AssetPart(Part):
    """One asset. / 一种资产。"""

    unit: Literal["point", "fen"] = Field(description="What an amount of 1 is. / 计量单位。")
    expiry: ExpiryPart = Field(ExpiryPart(kind="never"), description="How long it lives. / 有效期。")
    claw_back: ClawBack = Field(
        "debt",
        description="When what was spent has to be taken back: debt: it is owed; cap: what is missing is forgiven; "
        "refuse: nothing is taken. / 已用掉的如何追回：记欠额、以余额为限、拒绝。",
    )
    grace_days: Annotated[int, Field(ge=0, le=3650), BeforeValidator(Whole(0, 3650))] = Field(
        0, description="For how long a refund of what expired can be spent. / 退还已过期资产的宽限天数。"
    )
    transfers: Switch = Field(False, description="Whether members may give it to each other. / 会员之间可否转赠。")
    worth: Annotated[WorthPart | None, Nullable] = Field(
        None, description="What it costs, for dry runs; null: not reckoned. / 成本折算，用于试算。"
    )

    def to_asset(self, name: str) -> Asset:
        """The asset as the ledger reads it."""
        return Asset(
            name,
            self.unit,
            Expiry(self.expiry.kind, self.expiry.count),
            Terms(self.claw_back, self.grace_days, self.transfers),
            None if self.worth is None else Worth(self.worth.amount, self.worth.fen),
        )


def check_assets(assets: Mapping[str, AssetPart]) -> Iterator[Problem]:
    """What is wrong with assets whose values are each allowed by themselves."""
    for name, asset in assets.items():
        most = _MOST_COUNTED.get(asset.expiry.kind, asset.expiry.count)
        if asset.expiry.count > most:
            yield ("assets", name, "expiry", "count"), f"expected at most {most:,} for {asset.expiry.kind}"
