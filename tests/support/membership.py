"""A programme with tiers, benefits and a switchboard, and the shortest way to be a member of it."""

from __future__ import annotations

from dataclasses import replace

from hub.core.model import DAY_MS, OrderEvent
from hub.services.facts import state_order
from hub.services.ingest import apply_facts
from hub.services.ledger.request import Call
from hub.services.membership.coupon import Coupon
from hub.services.membership.coupons import find_issued, issue_coupon
from hub.services.membership.show import Membership, show_membership
from rules.benefits import Benefit, Benefits, CouponKind
from rules.ledger.expiry import Expiry
from rules.sharing import PlaceGroup, Sharing, Thing
from rules.tiers import Offer, Qualification, Tier, Tiers
from tests.support.events import order
from tests.support.ledger import PROGRAMME, Members
from tests.support.stewardship import put, read_births, said

TIERED = replace(
    PROGRAMME,
    tiers=Tiers(
        (
            Tier("member"),
            Tier("silver", (Qualification("spend", 1000, Expiry("days", 364)),)),
            Tier("gold", (Qualification("spend", 3000, Expiry("days", 364)),)),
            Tier("black_gold", offer=Offer(36_500, days=365)),
        ),
        notice_days=30,
    ),
    benefits=Benefits(
        {
            "service": Benefit("service", ("silver", "gold", "black_gold"), "month", 1),
            "cake": Benefit("cake", ("silver",), "birthday_month"),
        },
        {"welcome": CouponKind("welcome", 300, valid=Expiry("days", 30), funding={"brand": 70, "store": 30})},
    ),
    sharing=Sharing(
        (PlaceGroup("direct", "direct"), PlaceGroup("franchises", "franchise", ("F01",))),
        "direct",
        {
            Thing("asset", "stored_value"): frozenset({"direct"}),
            Thing("asset", "points"): frozenset({"direct"}),
            Thing("tier", "silver"): frozenset({"direct"}),
            Thing("coupon", "welcome"): frozenset({"direct"}),
        },
    ),
)


class Club(Members):
    """Members of `TIERED`, whose calls are signed."""

    def call(self, key: str | None = None) -> Call:
        return replace(super().call(key), author="lin", reason="asked for")

    async def birth(self, record: str, phone: str, birthday: str) -> str:
        """A record with a phone and a birthday; returns the id that it brings."""
        await put(self.graph, self.identity, replace(said(record, ("phone", phone)), profile={"birthday": birthday}))
        return (await read_births(self.graph))[record]

    async def buy(self, record: str, order_id: str, fen: int, *, day: int = 0, status: str = "paid") -> None:
        """An order of a record, so many days from now."""
        system, _, external_id = record.partition("|")
        placed_ms = self.now_ms + day * DAY_MS
        await self.tell(order(system, order_id, external_id, fen=fen, at=placed_ms, status=status))

    async def tell(self, event: OrderEvent) -> None:
        await self.graph.write(apply_facts, self.identity, [], [state_order(event, default_ms=1)])

    async def show(self, person: str, *, day: float = 0, as_of_day: float | None = None) -> Membership:
        """The membership so many days from now."""
        as_of_ms = None if as_of_day is None else self.at(as_of_day)
        return await show_membership(self.graph, TIERED, person, now_ms=self.at(day), as_of_ms=as_of_ms)

    async def issue(self, person: str, key: str | None = None, *, day: float = 0) -> Coupon:
        """A coupon of the only kind."""
        call, now_ms = self.call(key), self.at(day)
        done = await issue_coupon(self.graph, TIERED, call, person=person, kind="welcome", now_ms=now_ms)
        found = await find_issued(self.graph, done.key)
        assert found is not None
        return found

    async def tier(self, person: str, *, day: float = 0) -> str | None:
        found = await self.show(person, day=day)
        return found.tier.tier_at(self.at(day))

    def at(self, day: float) -> int:
        return self.now_ms + int(day * DAY_MS)
