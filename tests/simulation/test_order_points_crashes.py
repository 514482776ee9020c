"""Points of orders under a seeded enemy, who has events come late and twice, and processes die at any statement.

Two settle at once, tills earn, spend and hold, and persons merge and part meanwhile. What stands is what the orders
come to, and all together what was told of every operation. `make simulate OPERATIONS=20000` makes it that long.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final, cast

import anyio
import pytest

from graph.database import Graph
from graph.order_points import count_marked
from graph.statement import Statement
from hub.core.errors import Unavailable
from hub.core.model import OrderEvent
from hub.services.identity import Identity
from hub.services.ledger.verify import verify_ledger
from hub.services.order_points import settle_orders
from tests.simulation.asked import OPERATIONS, choose_seeds
from tests.simulation.checkout import Checkout
from tests.simulation.shaky import ProcessDied, ShakyGraph
from tests.simulation.stories import COMES_TO, disorder, tell_story
from tests.support.ledger import NOW, Members
from tests.support.orders import EARNER, Shop
from tests.support.stewardship import put, said

pytestmark = pytest.mark.anyio

_ORDERS: Final = max(6, OPERATIONS // 10)
"""Each has six events on the average, repeats included; the other four in ten are the tills' operations."""
_BUYERS: Final = max(2, _ORDERS // 10)
_EVENTS_A_TURN: Final = 60 if OPERATIONS else 4
_TILLS: Final = 4 if OPERATIONS else 2
_OPERATIONS: Final = Statement(
    "tests.order_operations",
    "read",
    "MATCH (o:Operation) WHERE o.key STARTS WITH 'orders|' RETURN o.cause, o.kind, o.amount",
)


async def persist(work: Callable[[], Awaitable[object]]) -> None:
    """A process that is started again whenever it dies."""
    while True:
        try:
            await work()
        except (ProcessDied, Unavailable):
            continue
        return


def phone_of(place: int) -> str:
    return f"138{10_000_000 + place}"


class World:
    """A shop, its members, who are as many persons as chance says, and what goes on there in one turn."""

    def __init__(self, graph: Graph, identity: Identity, chooser: random.Random) -> None:
        self.graph, self.identity, self.chooser = graph, identity, chooser
        self.shop, self.members = Shop(graph, identity), Members(graph, identity, now_ms=NOW + 1000)
        self.turns = 0

    async def open(self) -> Checkout:
        """Members come in; returns a till that knows them."""
        births = {f"pos|c{place}": await self.members.add(f"pos|c{place}", phone_of(place)) for place in range(_BUYERS)}
        return Checkout(self.members, births, self.chooser)

    async def live(self, events: list[OrderEvent], till: Checkout) -> None:
        """Orders change, and are settled while tills work and persons merge and part."""
        self.turns += 1
        self.members.now_ms += self.chooser.randrange(1_800_000)
        if events:
            await self.shop.deliver(*events)
        async with anyio.create_task_group() as group:
            group.start_soon(self.settle)
            group.start_soon(self.settle)
            for _ in range(_TILLS):
                group.start_soon(self.serve, till, len(events) * 2 // 3 // _TILLS + 1)
            group.start_soon(self.merge_or_part)

    async def settle(self) -> None:
        shaky = cast(Graph, ShakyGraph(self.graph, random.Random(self.chooser.random())))
        await persist(lambda: settle_orders(shaky, EARNER, now_ms=self.members.now_ms))

    async def serve(self, till: Checkout, count: int) -> None:
        for _ in range(count):
            await till.do_something()

    async def merge_or_part(self) -> None:
        """A record gets its own phone or its neighbour's."""
        place = self.chooser.randrange(_BUYERS)
        phone = phone_of(self.chooser.choice((place, place ^ 1)))
        await put(self.graph, self.identity, said(f"pos|c{place}", ("phone", phone), at=10 + self.turns))


@pytest.mark.timeout(0 if OPERATIONS else 120)
@pytest.mark.parametrize("seed", choose_seeds(2))
async def test_crashes_repeats_and_disorder_leave_what_the_orders_come_to(
    graph: Graph, identity: Identity, seed: int
) -> None:
    chooser, began = random.Random(seed), perf_counter()
    world = World(graph, identity, chooser)
    till = await world.open()
    buyers = [record.partition("|")[2] for record in till.births]
    stories = {f"pos|T{number}": tell_story(chooser, f"T{number}", buyers) for number in range(_ORDERS)}
    events = disorder(chooser, list(stories.values()))

    for start in range(0, len(events), _EVENTS_A_TURN):
        await world.live(events[start : start + _EVENTS_A_TURN], till)
    await world.settle()

    assert await count_marked(graph) == 0
    points, posted = await world.shop.points(), Counter[str]()
    for order, kind, amount in await graph.read(_OPERATIONS):
        posted[order] += {"earn": amount, "reverse": -amount, "confirm": 0}[kind]
    expected = {order: COMES_TO[len(story) - 1] for order, story in stories.items()}
    for order, comes_to in expected.items():
        assert sum(lot.net for lot in points[order].lots) == comes_to if order in points else comes_to == 0
        assert posted[order] == comes_to
    proof = await verify_ledger(graph, now_ms=NOW)
    assert not proof.wrong
    assert proof.totals["main", "points", "worth"] == sum(expected.values()) + till.worth
    took_s = perf_counter() - began
    print(f"seed {seed}: {len(events)} events and {till.done + till.refused} operations in {took_s:.0f} s")
