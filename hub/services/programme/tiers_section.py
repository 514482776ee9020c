"""`tiers`: the ladder that members climb, and how they come down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from hub.services.documents.mistakes import Problem
from hub.services.documents.values import MOST_FEN, Days, Name, Part, Whole
from rules.ledger.expiry import Expiry
from rules.tiers import Metric, Offer, Qualification, Tier, Tiers

Fen = Annotated[int, Field(ge=0, le=MOST_FEN), BeforeValidator(Whole(0, MOST_FEN))]
Least = Annotated[int, Field(ge=1, le=MOST_FEN), BeforeValidator(Whole(1, MOST_FEN))]


class QualificationPart(Part):
    """One way to reach a tier. / 一种达成条件。"""

    metric: Metric = Field(
        description="spend (fen), orders, points (earned), visits (days with a purchase). / 消费、订单、积分、到访。"
    )
    least: Least = Field(description="So much is needed. / 门槛。")
    days: Days | None = Field(None, description="... within so many days. / 滚动窗口天数。")
    calendar: Literal["month", "year"] | None = Field(
        None,
        description="... within one month or year of the calendar; neither: ever. / 自然月、自然年，都不写则累计。",
    )

    def to_qualification(self) -> Qualification:
        """The qualification; its day or period is the first of those that count."""
        window = Expiry("days", self.days - 1) if self.days else Expiry(self.calendar or "never", 0)
        return Qualification(self.metric, self.least, window)


class OfferPart(Part):
    """What a tier is sold for. / 付费等级。"""

    price_fen: Fen = Field(description="The price of a term. / 价格（分）。")
    days: Days | None = Field(None, description="A term lasts so many days ... / 时长（天）...")
    months: Annotated[int, Field(ge=1, le=1200), BeforeValidator(Whole(1, 1200))] | None = Field(
        None, description="... or months. / ... 或（月）。"
    )

    def to_offer(self) -> Offer:
        """The offer."""
        return Offer(self.price_fen, self.days or 0, self.months or 0)


class TierPart(Part):
    """One tier. / 一个等级。"""

    qualify: Annotated[tuple[QualificationPart, ...], Field(max_length=10)] = Field(
        (),
        description="Any of these is enough; none: it is only granted or sold. / 满足任一即可；不写则只能授予或购买。",
    )
    offer: OfferPart | None = Field(None, description="What it is sold for. / 付费条件。")

    def to_tier(self, name: str) -> Tier:
        """The tier."""
        offer = None if self.offer is None else self.offer.to_offer()
        return Tier(name, tuple(one.to_qualification() for one in self.qualify), offer)


class TiersPart(Part):
    """The tiers of the programme. / 会员等级。"""

    ladder: Annotated[dict[Name, TierPart], Field(min_length=1, max_length=20)] = Field(
        default_factory=lambda: {"member": TierPart()},
        description="From the lowest, which is everybody's, to the highest. / 由低到高，第一级人人都有。",
        json_schema_extra={"additionalProperties": False},
    )
    downgrade: Literal["one_step", "by_balance"] = Field(
        "by_balance",
        description="Who lapses goes down a step at a time, or to the tier that is still met. / 逐级或按实际降级。",
    )
    notice_days: Annotated[int, Field(ge=0, le=3650), BeforeValidator(Whole(0, 3650))] = Field(
        0, description="For so long the tier is kept after its qualification lapsed. / 降级预告天数。"
    )

    def to_tiers(self) -> Tiers:
        """The tiers as they are worked out."""
        ladder = tuple(tier.to_tier(name) for name, tier in self.ladder.items())
        return Tiers(ladder, self.downgrade, self.notice_days)


def check_tiers(part: TiersPart) -> Iterator[Problem]:
    """What is wrong with tiers whose values are each allowed by themselves."""
    first = next(iter(part.ladder))
    if part.ladder[first].qualify or part.ladder[first].offer:
        yield ("tiers", "ladder", first), "the first tier is everybody's: it has neither `qualify` nor `offer`"
    if part.downgrade == "one_step" and not part.notice_days:
        yield ("tiers", "notice_days"), "one step at a time takes days: expected at least 1"
    for name, tier in part.ladder.items():
        for place, one in enumerate(tier.qualify):
            if one.days and one.calendar:
                yield ("tiers", "ladder", name, "qualify", place, "calendar"), "a window is of days or of the calendar"
        if tier.offer and (tier.offer.days is None) is (tier.offer.months is None):
            yield ("tiers", "ladder", name, "offer"), "a term has either `days` or `months`"
