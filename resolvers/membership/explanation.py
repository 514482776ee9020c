"""Why a member has the tier that they have, in GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from itertools import groupby
from typing import Final, Self

import strawberry

from graph.counted_orders import CountedFrom
from hub.core.access import Scope
from hub.services.membership.show import Counted, Explanation, Ground, Tally
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.cursors import Place, read_place_cursor, write_place_cursor
from resolvers.described import described
from resolvers.membership.tiers import TierChange, TierMetric, show_end
from resolvers.order import Order
from resolvers.paging import After, Asked, Before, First, Last, PageInfo, make_page_info, page_list, read_page
from resolvers.plans.marks import reads
from resolvers.scalars import Amount, Instant

_SHAPE: Final = (int, int)


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="What gives a tier. / 获得某等级的依据。")
class TierGround:
    tier: str = strawberry.field(description="The tier. / 等级。")
    why: TierChange = strawberry.field(
        description="UPGRADED where it was earned, BOUGHT, or GRANTED. / "
        "达成条件为 UPGRADED，付费为 BOUGHT，授予为 GRANTED。"
    )
    decides: bool = strawberry.field(
        description="Whether it is by this that they have the tier that they have. / 当前等级是否由此决定。"
    )
    begins_at: Instant = strawberry.field(name="from", description="Since when it does. / 起始时间。")
    lapses_at: Instant | None = strawberry.field(
        description="When what it rests on ends, if nothing happens; null for never. / 依据失效时间，无则为空。"
    )
    ends_at: Instant | None = strawberry.field(
        name="until",
        description="Before when it gives the tier, the notice after a lapse included; null for ever. / "
        "等级保留截止时间，含失效后的预告期；无期限时为空。",
    )
    rule: str = strawberry.field(
        description="What it rests on, at its end where that changes: a qualification with its version, who granted it "
        "and why, or a price. / 依据（如有变化，以最后者为准）：达成条件及版本、授予人与理由，或价格。"
    )
    operation: strawberry.ID | None = strawberry.field(
        description="The operation that granted or sold it; null where it was earned. / "
        "授予或购买操作的编号；达成条件时为空。"
    )

    @classmethod
    def of(cls, ground: Ground) -> Self:
        """The ground as it is shown."""
        return cls(
            tier=ground.tier,
            why=TierChange(ground.why),
            decides=ground.decides,
            begins_at=Instant(ground.span.from_ms),
            lapses_at=show_end(ground.span.lapse_ms),
            ends_at=show_end(ground.span.to_ms),
            rule=ground.span.last_rule,
            operation=strawberry.ID(ground.source) if ground.source else None,
        )


def _name_orders(fact: TierFact, **_: object) -> tuple[CountedFrom]:
    return (CountedFrom(fact.person, fact.at),)


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE, orders=Scope.ORDERS_READ)
@strawberry.type(
    description="What counts for a qualification: a purchase, or a day with one. / 计入累计的一笔消费或一次到店。"
)
class TierFact:
    at: Instant = strawberry.field(
        description="Since when it counts: when it was paid in full. / 计入时间，即付清之时。"
    )
    amount: Amount = strawberry.field(
        description="So much of the metric, net of what was paid back or taken back. / 计入的数额，已扣除退款或收回。"
    )
    until: Instant | None = strawberry.field(description="Before when it counts; null for ever. / 计入截止时间。")
    person: strawberry.Private[str]

    @described(
        "The orders that count from then on; empty where points were earned without one. / "
        "自此时起计入的订单；积分并非来自订单时为空。"
    )
    @reads("counted_orders", _name_orders)
    async def orders(self, info: Info) -> list[Order]:
        found = await info.context.loaders.counted_orders.load(CountedFrom(self.person, self.at))
        return [Order.of(one) for one in found]


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="A fact and its place in the list. / 计入项及其位置。")
class TierFactEdge:
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here. / 作为 `after` 从此处继续。")
    node: TierFact = strawberry.field(description="The fact. / 计入项。")


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="A page of facts, the earliest first. / 一页计入项，最早的在前。")
class TierFactConnection:
    edges: list[TierFactEdge] = strawberry.field(description="The facts with their cursors. / 计入项及其游标。")
    nodes: list[TierFact] = strawberry.field(description="The facts alone. / 仅计入项。")
    page_info: PageInfo = strawberry.field(description="How to go on. / 如何取下一页。")


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="How far a qualification is met. / 某达成条件的累计情况。")
class TierTally:
    tier: str = strawberry.field(description="The tier that it gives. / 可达成的等级。")
    metric: TierMetric = strawberry.field(description="What is added up. / 指标。")
    text: str = strawberry.field(description="All of it in a few words, its window included. / 简述，含时间窗口。")
    have: Amount = strawberry.field(description="How much there is. / 已累计。")
    least: Amount = strawberry.field(description="How much is needed. / 门槛。")
    missing: Amount = strawberry.field(
        description="How much is not there yet; 0 where it is met. / 尚差数额，已达成为 0。"
    )
    tally: strawberry.Private[Tally]
    person: strawberry.Private[str]

    @described("What counts, the earliest first: the first to count no more. / 计入项，最早的在前。")
    def facts(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> TierFactConnection:
        read = partial(read_place_cursor, "fact", _SHAPE)
        return _make_connection(self.person, self._placed, read_page(first, after, last, before, read))

    @cached_property
    def _placed(self) -> list[tuple[Place, Counted]]:
        """What counts, with its places. Several may count from one instant on: they are told apart by their number."""
        alike = groupby(self.tally.counted, lambda one: one.from_ms)
        return [((at_ms, number), one) for at_ms, counted in alike for number, one in enumerate(counted)]

    @classmethod
    def of(cls, tally: Tally, person: str) -> Self:
        """A person's tally as it is shown."""
        return cls(
            tier=tally.tier,
            metric=TierMetric(tally.qualification.metric),
            text=tally.qualification.text,
            have=Amount(tally.have),
            least=Amount(tally.qualification.least),
            missing=Amount(tally.missing),
            tally=tally,
            person=person,
        )


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(
    description="Why somebody has the tier that they have, by what the tier is worked out from. / "
    "等级说明，与等级同源计算。"
)
class TierExplanation:
    tier: str = strawberry.field(description="The tier. / 等级。")
    version: str = strawberry.field(
        description="The version of the programme that was in force: main@3. / 当时生效的会员计划版本。"
    )
    grounds: list[TierGround] = strawberry.field(
        description="All that give a tier now, from the lowest to the highest; empty for who has but everybody's. / "
        "当前获得等级的全部依据，由低到高；仅有基础等级时为空。"
    )
    tallies: list[TierTally] = strawberry.field(
        description="How far each qualification of each tier is met, from the lowest tier to the highest. / "
        "各等级各达成条件的累计情况，由低到高。"
    )

    @classmethod
    def of(cls, explanation: Explanation, person: str) -> Self:
        """A person's explanation as it is shown."""
        return cls(
            tier=explanation.tier,
            version=explanation.version,
            grounds=[TierGround.of(one) for one in explanation.grounds],
            tallies=[TierTally.of(one, person) for one in explanation.tallies],
        )


def _make_connection(person: str, placed: Sequence[tuple[Place, Counted]], asked: Asked[Place]) -> TierFactConnection:
    page, has_more = page_list(placed, lambda one: one[0], asked)
    edges = [
        TierFactEdge(cursor=write_place_cursor("fact", place), node=_show_fact(one, person)) for place, one in page
    ]
    return TierFactConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=make_page_info([edge.cursor for edge in edges], asked, has_more=has_more),
    )


def _show_fact(one: Counted, person: str) -> TierFact:
    return TierFact(at=Instant(one.from_ms), amount=Amount(one.amount), until=show_end(one.to_ms), person=person)
