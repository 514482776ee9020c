from __future__ import annotations

from typing import Any, Final

import pytest
from arq.connections import RedisSettings, create_pool

from graph.database import Graph, Transaction
from graph.statement import Statement
from hub.core.settings import Settings
from hub.services.check_persons import check_slice
from hub.services.facts import state_customer
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from tests.support.events import PHONES, customer
from workers.patrol import patrol_persons

pytestmark = pytest.mark.anyio

_SPLIT: Final = Statement(
    "tests.split",
    "write",
    """
    MATCH (r:Record {key: $key})-[old:OF]->(:Person)
    DELETE old
    MERGE (p:Person {id: r.birth_id}) SET p.revision = 0
    CREATE (r)-[:OF {since_ms: 1}]->(p)
    """,
)


async def fill(graph: Graph, identity: Identity) -> None:
    events = [customer("pos", f"c{number}", phone=PHONES[number % 3]) for number in range(9)]
    facts = [state_customer(identity, event, default_ms=1, source="test") for event in events]
    await graph.write(apply_facts, identity, facts, [])


async def corrupt(tx: Transaction, key: str) -> None:
    await tx.run(_SPLIT, key=key)


async def test_persons_that_follow_from_the_evidence_are_fine(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)

    checked = await check_slice(graph, identity.policy)

    assert (checked.records, checked.wrong, checked.last) == (9, (), None)


async def test_a_record_put_with_the_wrong_person_is_found(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)
    await graph.write(corrupt, "pos|c8")

    checked = await check_slice(graph, identity.policy)

    assert len(checked.wrong) == 2


async def test_slices_go_round_through_all_records(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)

    first = await check_slice(graph, identity.policy, limit=5)
    second = await check_slice(graph, identity.policy, after=first.last or "", limit=5)

    assert (first.records, second.records, second.last) == (5, 4, None)


async def test_the_patrol_counts_what_is_wrong(graph: Graph, identity: Identity, settings: Settings) -> None:
    await fill(graph, identity)
    async with await create_pool(RedisSettings.from_dsn(settings.require_queue_uri())) as queue:
        context: dict[str, Any] = {"redis": queue, "graph": graph, "identity": identity, "queue_name": "tests"}

        assert await patrol_persons(context) == 0
        await graph.write(corrupt, "pos|c8")
        assert await patrol_persons(context) == 2
