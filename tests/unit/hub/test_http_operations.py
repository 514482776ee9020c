from __future__ import annotations

from hashlib import sha256

import httpx
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from hub.core.settings import Settings
from hub.http.answers import Answer
from hub.http.operations import Operations
from hub.http.parameters import Operation
from tests.support.served import make_app

_ENDED = "memberhub_graphql_operations_total"


def count(registry: CollectorRegistry, operation: str, outcome: str) -> float | None:
    return registry.get_sample_value(_ENDED, {"operation": operation, "outcome": outcome})


def ask(name: str | None) -> Operation:
    return Operation("{ __typename }", {"phone": "13800138000"}, name)


@pytest.mark.anyio
async def test_operations_are_counted_by_name_and_outcome() -> None:
    transport = httpx.ASGITransport(make_app(Settings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        for query in ("query Kind { __typename }", "query Kind { nothing }", "query Kind { __typename }"):
            await client.post("/graphql", json={"query": query, "operationName": "Kind"})
        await client.post("/graphql", json={"query": "{ __typename }", "operationName": "13800138000"})
        shown = (await client.get("/metrics")).text

    assert f'{_ENDED}{{operation="Kind",outcome="OK"}} 2.0' in shown
    assert f'{_ENDED}{{operation="Kind",outcome="INVALID_QUERY"}} 1.0' in shown
    assert "13800138000" not in shown


def test_callers_cannot_invent_series_without_end() -> None:
    registry = CollectorRegistry()
    operations = Operations(registry, slow_s=0)
    for number in range(300):
        with operations.watch(ask(f"name{number}")) as course:
            course.answer = Answer(200, {"data": {}})

    assert count(registry, "name0", "OK") == 1
    assert count(registry, "(other)", "OK") == 100


def test_what_was_cut_off_is_counted_as_that() -> None:
    registry = CollectorRegistry()
    with pytest.raises(TimeoutError), Operations(registry, slow_s=0).watch(ask(None)):
        raise TimeoutError

    assert count(registry, "(unnamed)", "CANCELLED") == 1


def test_a_slow_operation_is_logged_without_its_values() -> None:
    with capture_logs() as logs, Operations(CollectorRegistry(), slow_s=1e-9).watch(ask("Kind")) as course:
        course.answer = Answer(200, {"data": {}, "extensions": {"cost": {"requestedQueryCost": 3}}})

    [told] = logs
    assert (told["operation"], told["outcome"], told["cost"]) == ("Kind", "OK", {"requestedQueryCost": 3})
    assert told["document_sha256"] == sha256(b"{ __typename }").hexdigest()
    assert "13800138000" not in str(told)
