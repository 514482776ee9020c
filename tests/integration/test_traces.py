"""What a collector of OpenTelemetry learns of operations, and what it does not."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final

import pytest

from graph.database import Graph
from hub.core.settings import Settings
from hub.core.traces import span, tracing
from tests.integration.api_client import open_client
from tests.integration.api_people import MING_PHONE, put_ming_and_hua
from tests.support.collector import collecting
from workers.edge import task

pytestmark = pytest.mark.anyio

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
PARENT: Final = "b7ad6b7169203331"
WHO: Final = {
    "operationName": "Who",
    "query": "query Who($phone: String!) { person(by: {phone: $phone}) { records { externalId } } }",
    "variables": {"phone": MING_PHONE},
}


def traced_to(settings: Settings, address: str) -> Settings:
    return settings.model_copy(update={"traces_endpoint": address})


def say(one: Any) -> dict[str, str]:
    return {attribute.key: attribute.value.string_value for attribute in one.attributes}


async def test_an_operation_is_traced_down_to_its_statements_below_its_caller(settings: Settings, graph: Graph) -> None:
    await put_ming_and_hua(graph, settings)
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    with collecting() as collector:
        async with open_client(traced_to(settings, collector.address)) as client:
            for _ in range(2):  # by ordinary execution, and by a plan
                assert (await client.post("/graphql", json=WHO, headers=headers)).status_code == 200

    spans = {one.span_id: one for one in collector.spans() if one.trace_id.hex() == TRACE}
    statements = [one for one in spans.values() if one.name.endswith("evidence")]
    ways = [spans[one.parent_span_id] for one in statements]
    operations = [spans[one.parent_span_id] for one in ways]
    assert [one.name for one in ways] == ["graphql.execute", "graphql.plan"]
    assert {one.parent_span_id.hex() for one in operations} == {PARENT}
    assert say(operations[0]) == {"graphql.operation.name": "Who", "graphql.operation.type": "query"}
    assert say(statements[0]) == {
        "db.system.name": graph.engine.name,
        "db.operation.name": "read",
        "db.query.summary": "persons.fetch_evidence",
    }
    assert statements[1].name == "person_parts.fetch_by_identifier+evidence"
    assert all(one.parent_span_id for one in collector.spans() if one.name != "GraphQL Operation")
    sent = b"".join(collector.bodies)
    assert not [secret for secret in (MING_PHONE, "tb-ming", "query Who", "MATCH") if secret.encode() in sent]


async def test_a_failure_is_told_by_its_code(settings: Settings, graph: Graph) -> None:
    failing = {**WHO, "variables": {"phone": "12"}}
    with collecting() as collector:
        async with open_client(traced_to(settings, collector.address)) as client:
            await client.post("/graphql", json=failing)

    [operation] = [one for one in collector.spans() if one.name == "GraphQL Operation"]
    assert say(operation)["error.type"] == "INVALID_INPUT"
    assert operation.status.code == 2


async def test_a_collector_that_is_away_hurts_nobody(settings: Settings, graph: Graph) -> None:
    began = perf_counter()
    async with open_client(traced_to(settings, "http://127.0.0.1:9/v1/traces")) as client:
        answers = [(await client.post("/graphql", json=WHO)).status_code for _ in range(20)]

    assert answers == [200] * 20
    assert perf_counter() - began < 30


async def test_a_job_is_traced_by_its_task(settings: Settings) -> None:
    @task
    async def tidy_up(ctx: dict[str, Any]) -> int:
        return 1

    with collecting() as collector, tracing(traced_to(settings, collector.address)):
        assert await tidy_up({}) == 1

    assert [one.name for one in collector.spans()] == ["tidy_up"]


def test_without_a_collector_a_span_is_nothing() -> None:
    assert span("one") is span("another", "client", {"db.system.name": "neo4j"})
