"""Ingest under a seeded enemy: it dies before any statement, runs transaction functions twice, and repeats deliveries.

`HUB_SIMULATION_SEED` replays a run; without it a few fixed seeds are run.
"""

from __future__ import annotations

import random
from typing import Final, cast

import pytest

from graph.database import Graph
from graph.statement import Statement
from hub.core.model import CustomerEvent, OrderEvent
from hub.services.check_persons import check_slice
from hub.services.facts import state_customer, state_order
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from tests.simulation.asked import choose_seeds
from tests.simulation.shaky import ProcessDied, ShakyGraph
from tests.support.contents import empty, read_live_claims, read_partition
from tests.support.events import PHONES, SYSTEMS, UNIONIDS, customer, order

pytestmark = pytest.mark.anyio

SEEDS: Final = choose_seeds(3)
EVENTS: Final = 40
MOST_STATEMENTS: Final = 12

_ORDERS: Final = Statement(
    "simulation.orders",
    "read",
    "MATCH (o:Order) RETURN o.key AS key, o.status AS status, o.amount_fen AS amount_fen, o.lines AS lines",
)
_RESOLVED: Final = Statement(
    "simulation.resolved",
    "read",
    "UNWIND $ids AS id MATCH (:Record {birth_id: id})-[:OF]->(p:Person) RETURN id, count(p) AS persons",
)
_BIRTHS: Final = Statement("simulation.births", "read", "MATCH (r:Record) RETURN r.birth_id AS id")


def make_events(chooser: random.Random) -> list[CustomerEvent | OrderEvent]:
    events: list[CustomerEvent | OrderEvent] = []
    for number in range(EVENTS):
        system, external_id = chooser.choice(SYSTEMS), f"c{chooser.randrange(12)}"
        if chooser.random() < 0.7:
            phone, unionid = chooser.choice([*PHONES, None]), chooser.choice([*UNIONIDS, None, None])
            events.append(
                customer(system, external_id, phone=phone, unionid=unionid, name=f"n{number}", at=chooser.randrange(9))
            )
        else:
            events.append(
                order(system, f"T{chooser.randrange(9)}", external_id, fen=number, at=chooser.randrange(1, 9))
            )
    return events


async def deliver(graph: Graph, identity: Identity, batch: list[CustomerEvent | OrderEvent]) -> None:
    """Deliver until it is acknowledged, as an inbox would."""
    customers = [
        state_customer(identity, event, default_ms=1, source="simulation")
        for event in batch
        if isinstance(event, CustomerEvent)
    ]
    orders = [state_order(event, default_ms=1) for event in batch if isinstance(event, OrderEvent)]
    while True:
        try:
            await graph.write(apply_facts, identity, customers, orders)
        except ProcessDied:
            continue
        return


async def read_state(graph: Graph) -> tuple[object, ...]:
    orders = {tuple(row.values()) for row in await graph.read(_ORDERS)}
    return await read_partition(graph), await read_live_claims(graph), orders


@pytest.mark.parametrize("seed", SEEDS)
async def test_crashes_repeats_and_disorder_change_nothing(graph: Graph, identity: Identity, seed: int) -> None:
    chooser = random.Random(seed)
    events = make_events(chooser)
    await deliver(graph, identity, events)
    expected = await read_state(graph)
    await empty(graph)

    deliveries = [*events, *chooser.sample(events, EVENTS // 2)]
    chooser.shuffle(deliveries)
    shaky = cast(Graph, ShakyGraph(graph, chooser, most_statements=MOST_STATEMENTS))
    given_out: set[str] = set()
    while deliveries:
        size = chooser.randrange(1, 5)
        batch, deliveries = deliveries[:size], deliveries[size:]
        await deliver(shaky, identity, batch)
        given_out |= {row["id"] for row in await graph.read(_BIRTHS)}

    assert await read_state(graph) == expected
    assert (await check_slice(graph, identity.policy)).wrong == ()
    resolved = {row["id"]: row["persons"] for row in await graph.read(_RESOLVED, ids=sorted(given_out))}
    assert resolved == dict.fromkeys(given_out, 1)
