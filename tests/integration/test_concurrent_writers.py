"""Sixteen writers at once on the same few people leave what one writer leaves."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import anyio
import pytest

from graph import evidence
from graph.database import Graph
from graph.decisions import Decision
from graph.evidence import IdentifierState
from graph.order_states import PreparedOrder
from graph.statement import Statement
from hub.core.model import CustomerEvent, OrderEvent
from hub.services.decisions import make_decision, request_link, withdraw_decision
from hub.services.facts import CustomerFact, state_customer, state_order
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.personal_data.erase import erase_person
from hub.services.replay import replay
from tests.support.contents import empty, read_partition
from tests.support.events import PHONES, SYSTEMS, customer, order
from tests.support.stewardship import put, read_births, read_state, said

pytestmark = pytest.mark.anyio

WRITERS: Final = 16
RECORDS: Final = [f"{SYSTEMS[number % 3]}|c{number}" for number in range(24)]
HOTLINE: Final = "13900009999"
"""Given by so many that it is quarantined, freed and quarantined again while the writers run."""

SAME: Final = (RECORDS[0], RECORDS[1])
APART: Final = (RECORDS[2], RECORDS[5])
TAKEN_BACK: Final = (RECORDS[9], RECORDS[10])

_STATES: Final = Statement(
    "tests.identifiers", "read", "MATCH (i:Identifier) RETURN i.key AS key, i.live AS live, i.releases AS releases"
)
_CASES: Final = Statement(
    "tests.cases",
    "read",
    """
    MATCH (c:Case {state: 'open'}) WHERE c.kind <> 'stronger_evidence'
    RETURN c.key AS key, c.kind AS kind, c.type AS type, c.sides AS sides, c.reasons AS reasons
    """,
)
_ORDERS: Final = Statement(
    "tests.concurrent_orders",
    "read",
    """
    MATCH (o:Order)-[:PLACED_BY]->(r:Record)
    RETURN o.key AS key, o.status AS status, o.amount_fen AS amount_fen, o.lines AS lines, r.key AS buyer
    """,
)

Fact = CustomerFact | PreparedOrder


def make_events(chooser: random.Random) -> list[CustomerEvent | OrderEvent]:
    """Customers who rebind among a dozen phones and a few accounts, all of them within reach of each other."""
    events: list[CustomerEvent | OrderEvent] = []
    for number in range(64):
        system, _, external_id = chooser.choice(RECORDS).partition("|")
        if chooser.random() < 0.25:
            events.append(
                order(system, f"T{chooser.randrange(12)}", external_id, fen=number, at=chooser.randrange(1, 9))
            )
            continue
        phone = chooser.choice([HOTLINE, HOTLINE, *(f"138000000{at:02d}" for at in range(1, 9)), None])
        unionid = chooser.choice([f"u{chooser.randrange(4)}", None, None])
        name = chooser.choice(["王芳", "李静", "Wang Fang", None])
        events.append(
            customer(system, external_id, phone=phone, unionid=unionid, name=name, at=chooser.randrange(1, 40))
        )
    return events


def make_facts(identity: Identity, events: Sequence[CustomerEvent | OrderEvent]) -> list[Fact]:
    return [
        state_order(event, default_ms=1)
        if isinstance(event, OrderEvent)
        else state_customer(identity, event, default_ms=1, source="test")
        for event in events
    ]


async def deliver(graph: Graph, identity: Identity, batch: Sequence[Fact]) -> None:
    customers = [fact for fact in batch if isinstance(fact, CustomerFact)]
    orders = [fact for fact in batch if isinstance(fact, PreparedOrder)]
    await graph.write(apply_facts, identity, customers, orders)


async def decide(graph: Graph, identity: Identity, pair: tuple[str, str], *, apart: bool) -> Decision:
    request = request_link(*pair, apart=apart, author="li", reason="asked them")
    return await make_decision(graph, identity, request)


async def work_as_steward(graph: Graph, identity: Identity) -> None:
    """Decide, decide again, and take one of three decisions back."""
    await decide(graph, identity, SAME, apart=False)
    taken_back = await decide(graph, identity, TAKEN_BACK, apart=False)
    await decide(graph, identity, APART, apart=True)
    await withdraw_decision(graph, identity, taken_back.id, "li", "it was wrong")
    await decide(graph, identity, SAME, apart=False)


async def work_as_source(graph: Graph, identity: Identity, lane: Sequence[Fact], chooser: random.Random) -> None:
    waiting = list(lane)
    while waiting:
        size = chooser.randrange(1, 4)
        batch, waiting = waiting[:size], waiting[size:]
        await deliver(graph, identity, batch)


async def read_outcome(graph: Graph) -> dict[str, Any]:
    """All that may depend on the evidence, and nothing that may depend on its order.

    Whether a cannot-link is doubted does: by what spoke against it when it was made.
    """
    places, golden, claims, partition = await read_state(graph)
    return {
        "births": await read_births(graph),
        "persons": (places, golden, partition),
        "claims": claims,
        "identifiers": {row["key"]: (row["live"], sorted(row["releases"] or ())) for row in await graph.read(_STATES)},
        "cases": {row["key"]: row.data() for row in await graph.read(_CASES)},
        "orders": {row["key"]: row.data() for row in await graph.read(_ORDERS)},
    }


@pytest.mark.parametrize("seed", [1, 2])
async def test_sixteen_writers_give_what_one_writer_gives(graph: Graph, identity: Identity, seed: int) -> None:
    chooser = random.Random(seed)
    everyone = make_facts(identity, [customer(*record.split("|"), phone=HOTLINE) for record in RECORDS])
    facts = make_facts(identity, make_events(chooser))
    await deliver(graph, identity, everyone)
    for fact in facts:
        await deliver(graph, identity, [fact])
    await work_as_steward(graph, identity)
    expected = await read_outcome(graph)
    assert {"limit_exceeded", "shared_identifier"} & {case["kind"] for case in expected["cases"].values()}
    await empty(graph)

    deliveries = [*facts, *chooser.sample(facts, len(facts) // 3)]
    chooser.shuffle(deliveries)
    await deliver(graph, identity, everyone)
    async with anyio.create_task_group() as group:
        group.start_soon(work_as_steward, graph, identity)
        group.start_soon(work_as_steward, graph, identity)
        for number in range(WRITERS - 2):
            lane = deliveries[number :: WRITERS - 2]
            group.start_soon(work_as_source, graph, identity, lane, random.Random(number))

    assert await read_outcome(graph) == expected
    assert (await replay(graph, identity.policy)).equal


async def work(graph: Graph, identity: Identity, what: str) -> None:
    """Something that locks no phone but that of the namesake."""
    match what:
        case "evidence":
            await put(graph, identity, said("tmall:flagship|new", ("unionid", "u1")))
        case "a decision":
            await decide(graph, identity, ("wechat:mini|one", "erp|other"), apart=False)
        case "an erasure":
            births = await read_births(graph)
            await erase_person(graph, identity, births["jd|stranger"], requested_by="li", reason="asked for it")


@pytest.mark.parametrize("what", ["evidence", "a decision", "an erasure"])
async def test_what_becomes_of_a_neighbour_before_the_lock_is_seen(
    graph: Graph, identity: Identity, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A phone beside the identifiers that are locked is quarantined before the persons are."""
    phone = replace(identity.policy.types["phone"], max_records=2)
    narrow = identity.under(replace(identity.policy, types={**identity.policy.types, "phone": phone}))
    one = said("pos|one", ("phone", PHONES[0]), ("phone", PHONES[1]), ("unionid", "u1"), name="王芳")
    await put(graph, narrow, one, said("erp|one", ("phone", PHONES[0])), said("wechat:mini|one", ("unionid", "u1")))
    await put(graph, narrow, said("jd|stranger", ("phone", PHONES[1]), name="李静"), said("erp|other"))
    touch = evidence.touch_identifiers

    async def touch_and_somebody_comes(*args: Any) -> dict[str, IdentifierState]:
        monkeypatch.setattr(evidence, "touch_identifiers", touch)
        touched = await touch(*args)
        await put(graph, narrow, said("douyin|another", ("phone", PHONES[0])))
        return touched

    monkeypatch.setattr(evidence, "touch_identifiers", touch_and_somebody_comes)
    await work(graph, narrow, what)

    assert {frozenset({"erp|one"}), frozenset({"douyin|another"})} <= await read_partition(graph)
    assert (await replay(graph, narrow.policy)).equal
