from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graph.database import Graph, count_statements
from graph.statement import Statement
from hub.core.model import CustomerEvent, OrderEvent
from hub.services.facts import state_customer, state_order
from hub.services.identity import Identity
from hub.services.ingest import Applied, apply_facts
from tests.support.contents import empty, read_everything, read_live_claims, read_partition
from tests.support.events import PHONES, customer, customers, order, orders

pytestmark = pytest.mark.anyio

_ORDERS: Final = Statement(
    "tests.orders",
    "read",
    """
    MATCH (o:Order) OPTIONAL MATCH (o)-[:PLACED_BY]->(r:Record)
    RETURN o.key AS key, o.status AS status, o.amount_fen AS amount_fen, o.lines AS lines, r.key AS buyer
    """,
)
_PERSON_OF: Final = Statement(
    "tests.person_of",
    "read",
    "MATCH (r:Record {key: $key})-[:OF]->(p:Person) RETURN p.id AS id, r.birth_id AS birth_id",
)


Events = Sequence[CustomerEvent | OrderEvent]


async def ingest(graph: Graph, identity: Identity, events: Events) -> Applied:
    facts = [
        state_customer(identity, event, default_ms=1, source="test")
        for event in events
        if isinstance(event, CustomerEvent)
    ]
    said = [state_order(event, default_ms=1) for event in events if isinstance(event, OrderEvent)]
    return await graph.write(apply_facts, identity, facts, said)


async def read_orders(graph: Graph) -> set[tuple[object, ...]]:
    return {tuple(row.values()) for row in await graph.read(_ORDERS)}


async def person_of(graph: Graph, key: str) -> tuple[str, str]:
    (row,) = await graph.read(_PERSON_OF, key=key)
    return row["id"], row["birth_id"]


async def test_a_shared_phone_makes_records_of_two_systems_one_person(graph: Graph, identity: Identity) -> None:
    await ingest(
        graph,
        identity,
        [
            customer("pos", "c1", phone="138 0000 0001"),
            customer("wechat:mini", "o1", phone="+8613800000001"),
            customer("pos", "c2", phone=PHONES[1]),
        ],
    )

    assert await read_partition(graph) == {frozenset({"pos|c1", "wechat:mini|o1"}), frozenset({"pos|c2"})}


async def test_a_record_that_knows_two_persons_joins_them_under_the_older_id(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, [customer("pos", "c1", phone=PHONES[0])])
    await ingest(graph, identity, [customer("wechat:mini", "o1", unionid="u1")])
    first, _ = await person_of(graph, "pos|c1")
    _, second_birth = await person_of(graph, "wechat:mini|o1")

    await ingest(graph, identity, [customer("wechat:mini", "o2", phone=PHONES[0], unionid="u1")])

    assert len(await read_partition(graph)) == 1
    assert await person_of(graph, "wechat:mini|o1") == (first, second_birth)


async def test_a_new_phone_ends_the_old_claim_and_gives_the_other_its_own_id_back(
    graph: Graph, identity: Identity
) -> None:
    await ingest(graph, identity, [customer("pos", "c1", phone=PHONES[0])])
    await ingest(graph, identity, [customer("wechat:mini", "o1", phone=PHONES[0])])
    joined, birth = await person_of(graph, "wechat:mini|o1")
    assert joined != birth

    await ingest(graph, identity, [customer("wechat:mini", "o1", phone=PHONES[1], at=2)])

    assert await person_of(graph, "wechat:mini|o1") == (birth, birth)
    assert len(await read_partition(graph)) == 2


async def test_weak_masked_and_blocked_identifiers_join_nobody(graph: Graph, identity: Identity) -> None:
    blocked = identity.under(identity.policy.with_blocked("phone", frozenset({"+86" + PHONES[3]})))
    await ingest(
        graph,
        blocked,
        [
            customer("pos", "c1", phone=PHONES[3], email="a@example.com"),
            customer("pos", "c2", phone=PHONES[3], email="a@example.com"),
            customer("pos", "c3", phone="138****0001"),
            customer("pos", "c4", phone="138****0001"),
            customer("pos", "c5", phone="00000000000"),
            customer("pos", "c6", phone="00000000000"),
        ],
    )

    assert len(await read_partition(graph)) == 6
    assert len(await read_live_claims(graph)) == 6


async def test_an_order_may_come_before_its_customer(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, [order("pos", "T1", "c1"), order("pos", "T2", None)])
    bare = await person_of(graph, "pos|c1")

    await ingest(graph, identity, [customer("pos", "c1", phone=PHONES[0], name="张伟")])

    assert await person_of(graph, "pos|c1") == bare
    assert {(row[0], row[4]) for row in await read_orders(graph)} == {("pos|T1", "pos|c1"), ("pos|T2", None)}


async def test_a_repeat_reads_once_a_kind_and_writes_nothing(graph: Graph, identity: Identity) -> None:
    events: Events = [customer("pos", "c1", phone=PHONES[0], name="张伟"), order("pos", "T1", "c1")]
    await ingest(graph, identity, events)
    before = await read_everything(graph)

    with count_statements() as counter:
        applied = await ingest(graph, identity, events)

    assert applied == Applied(records=0, orders=0)
    assert await read_everything(graph) == before
    assert counter.by_name == {"evidence.fetch_records": 1, "order_states.fetch": 1}


async def test_a_thousand_new_customers_cost_as_many_statements_as_ten(graph: Graph, identity: Identity) -> None:
    with count_statements() as few:
        await ingest(graph, identity, [customer("pos", f"a{n}", phone=f"1390000{n:04d}") for n in range(10)])
    with count_statements() as many:
        await ingest(graph, identity, [customer("pos", f"b{n}", phone=f"1370000{n:04d}") for n in range(1000)])

    assert many.by_name == few.by_name
    assert many.total <= 6 + (not graph.engine.sees_neighbours)  # the look around


@given(st.lists(st.one_of(customers, orders), max_size=10), st.integers(0, 2**32), st.integers(1, 4))
@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_the_graph_does_not_depend_on_order_grouping_or_repeats(
    graph: Graph, identity: Identity, events: list[CustomerEvent | OrderEvent], seed: int, size: int
) -> None:
    await empty(graph)
    await ingest(graph, identity, events)
    expected = (await read_partition(graph), await read_live_claims(graph), await read_orders(graph))

    await empty(graph)
    shuffled = [*events, *events]
    random.Random(seed).shuffle(shuffled)
    for start in range(0, len(shuffled), size):
        await ingest(graph, identity, shuffled[start : start + size])

    assert (await read_partition(graph), await read_live_claims(graph), await read_orders(graph)) == expected
