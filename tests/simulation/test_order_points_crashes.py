"""Points of orders under a seeded enemy, who has events come late and twice, and processes die at any statement.

Two settle at once, points are spent, and persons merge and part meanwhile. What stands is what the orders come to.
"""

from __future__ import annotations

import os
import random
from collections.abc import Awaitable, Callable
from typing import Final, cast

import anyio
import pytest

from graph.database import Graph
from graph.order_points import count_marked
from graph.statement import Statement
from hub.core.course import Exchange, Refund
from hub.core.errors import Unavailable
from hub.core.ledger import InsufficientBalance
from hub.core.model import DAY_MS, OrderEvent, OrderLine
from hub.services.identity import Identity
from hub.services.ledger.verify import verify_ledger
from hub.services.order_points import settle_orders
from tests.simulation.asked import choose_seeds
from tests.simulation.shaky import ProcessDied, ShakyGraph
from tests.support.events import PHONES
from tests.support.ledger import NOW, Members
from tests.support.orders import EARNER, LINES, Shop, bought
from tests.support.stewardship import put, said

pytestmark = pytest.mark.anyio

ROUNDS: Final = int(os.environ.get("HUB_SIMULATION_ROUNDS", "12"))
BUYERS: Final = ("c1", "c2")
_COMES_TO: Final = (0, 101, 101, 88, 47, 97, 0, 0)
"""The points of an order after each event of its story, by hand: 60 and 41 for its lines, 50 for the one given for the
second; of the first 12.34 yuan of 60 are paid back."""
_OPERATIONS: Final = Statement(
    "tests.order_operations",
    "read",
    "MATCH (o:Operation) WHERE o.key STARTS WITH 'orders|' RETURN o.cause, o.kind, o.amount",
)


def tell_story(chooser: random.Random, order_id: str) -> list[OrderEvent]:
    """All that happens to one order, in its order of time."""
    buyer = chooser.choice(BUYERS)
    story = [
        bought(order_id, "created", by=buyer, at=NOW),
        bought(order_id, "paid", by=buyer, at=NOW + 1),
        bought(order_id, "received", by=buyer, at=NOW + 2),
        bought(order_id, None, by=None, at=NOW + 3, lines=(), refunds=(Refund("R1", "1", 0, 1_234),)),
        bought(order_id, None, by=None, at=NOW + 4, lines=(), refunds=(Refund("R2", "2", 1, 0),)),
        bought(
            order_id,
            "exchanged",
            by=buyer,
            at=NOW + 5,
            lines=(*LINES, OrderLine("3", "K3", "pot", 1, 5_000)),
            exchanges=(Exchange("2", "3"),),
        ),
        bought(order_id, "refunded", by=buyer, at=NOW + 6),
        bought(order_id, "received", by=buyer, at=NOW + 7),
    ]
    return story[: chooser.randrange(2, len(story) + 1)]


async def persist(work: Callable[[], Awaitable[object]]) -> None:
    """A process that is started again whenever it dies."""
    while True:
        try:
            await work()
        except (ProcessDied, Unavailable):
            continue
        return


@pytest.mark.parametrize("seed", choose_seeds(2))
async def test_crashes_repeats_and_disorder_leave_what_the_orders_come_to(
    graph: Graph, identity: Identity, seed: int
) -> None:
    chooser = random.Random(seed)
    shop, members = Shop(graph, identity), Members(graph, identity, now_ms=NOW + 30 * DAY_MS)
    births = {buyer: await members.add(f"pos|{buyer}", PHONES[place]) for place, buyer in enumerate(BUYERS)}
    stories = {f"T{number}": tell_story(chooser, f"T{number}") for number in range(6)}
    events = [event for story in stories.values() for event in story]
    events += chooser.choices(events, k=8)
    chooser.shuffle(events)

    async def settle_shakily() -> None:
        shaky = cast(Graph, ShakyGraph(graph, random.Random(chooser.random())))
        await persist(lambda: settle_orders(shaky, EARNER, now_ms=members.now_ms))

    async def spend_some() -> None:
        try:
            await members.spend(births[chooser.choice(BUYERS)], chooser.randrange(1, 60))
        except InsufficientBalance:
            return

    async def merge_or_part(turn: int) -> None:
        phone = chooser.choice(PHONES[:2])
        await put(graph, identity, said("pos|c2", ("phone", phone), at=10 + turn))

    size = -(-len(events) // ROUNDS)
    for turn in range(ROUNDS):
        batch = events[turn * size : (turn + 1) * size]
        if batch:
            await shop.deliver(*batch)
        async with anyio.create_task_group() as group:
            group.start_soon(settle_shakily)
            group.start_soon(settle_shakily)
            group.start_soon(spend_some)
            group.start_soon(merge_or_part, turn)

    assert await count_marked(graph) == 0
    points = await shop.points()
    posted: dict[str, int] = {}
    for order, kind, amount in await graph.read(_OPERATIONS):
        posted[order] = posted.get(order, 0) + {"earn": amount, "reverse": -amount, "confirm": 0}[kind]
    for order_id, story in stories.items():
        key = f"pos|{order_id}"
        expected = _COMES_TO[len(story) - 1]
        assert sum(lot.net for lot in points[key].lots) == expected if key in points else expected == 0
        assert posted.get(key, 0) == expected
    assert not (await verify_ledger(graph)).wrong
