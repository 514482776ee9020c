from __future__ import annotations

import pytest

from bench.plain_merge import merge_graph, read_graph
from graph.database import Graph
from hub.services.facts import state_customer, state_order
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from tests.support.contents import empty, read_everything
from tests.support.events import customer, order

pytestmark = pytest.mark.anyio


async def test_the_reference_of_benchmarks_writes_the_very_graph_that_an_import_did(
    graph: Graph, identity: Identity
) -> None:
    events = [
        customer("pos", "a", phone="13800000001", name="张伟", at=1),
        customer("pos", "b", phone="13800000001", name="李娜", at=2),
        customer("wechat:mini", "c", phone="13800000001", unionid="u1", at=3),
        customer("wechat:mini", "d", phone="13800000002", unionid="u1", name="张伟", at=4),
        customer("pos", "a", phone="13800000002", at=5),
        *(customer("erp", str(n), phone="13800000003", at=6) for n in range(17)),
    ]
    for event in events:
        fact = state_customer(identity, event, default_ms=1, source="test")
        said = [state_order(order("pos", f"T{event.observed_ms}", "a"), default_ms=1)]
        await graph.write(apply_facts, identity, [fact], said)
    content, before = await read_graph(graph), await _read_lasting(graph)

    await empty(graph)
    await merge_graph(graph, content)

    for label in ("Identifier", "Person", "Record", "Case", "Order", "WAS_OF", "ABOUT", "INVOLVES", "PLACED_BY"):
        assert any(f"'{label}'" in text for text in before)
    assert await _read_lasting(graph) == before


async def _read_lasting(graph: Graph) -> list[str]:
    """Everything but marks of what is still to be told, which are gone within a second."""
    return [text for text in await read_everything(graph) if "'Change'" not in text]
