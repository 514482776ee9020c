"""The HTTP edge on real servers: health, metrics, request ids, failures of what it needs."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from graph.database import Graph, Transaction
from graph.statement import Statement
from hub.core.errors import Unavailable
from hub.core.settings import Settings
from hub.http.app import create_app
from tests.integration.api_client import ask, ask_for_error, open_client, post
from tests.integration.api_people import MING_PHONE, put_ming_and_hua

pytestmark = pytest.mark.anyio

NOBODY = '{ person(by: {phone: "13700000000"}) { id } }'


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(settings) as client:
        yield client


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


async def test_alive_and_ready_when_everything_answers(client: httpx.AsyncClient) -> None:
    alive, ready = await client.get("/healthz"), await client.get("/readyz")

    assert (alive.status_code, alive.json()) == (200, {"alive": True})
    assert (ready.status_code, ready.json()) == (
        200,
        {"ready": True, "checks": {name: {"ok": True} for name in ("graph", "queue", "migrations", "identity_key")}},
    )


async def test_not_ready_without_the_queue_but_alive_and_answering(
    settings: Settings, graph: Graph, free_port: int
) -> None:
    nowhere = SecretStr(f"redis://127.0.0.1:{free_port}/0")

    async with open_client(settings.model_copy(update={"queue_uri": nowhere})) as client:
        ready = await client.get("/readyz")

        assert ready.status_code == 503
        assert ready.headers["retry-after"] == "2"
        assert ready.json()["checks"]["queue"] == {"ok": False, "reason": "The queue does not answer."}
        assert (await client.get("/healthz")).status_code == 200
        assert await ask(client, NOBODY) == {"person": None}


async def test_not_ready_while_a_migration_is_missing(client: httpx.AsyncClient, graph: Graph) -> None:
    await graph.write(_set_number, 1, 1001)
    try:
        ready = await client.get("/readyz")
    finally:
        await graph.write(_set_number, 1001, 1)

    assert ready.status_code == 503
    assert ready.json()["checks"]["graph"] == {"ok": True}
    assert "newer memberhub" in ready.json()["checks"]["migrations"]["reason"]


async def test_the_application_does_not_start_without_its_graph(settings: Settings, free_port: int) -> None:
    app = create_app(settings.model_copy(update={"graph_uri": f"bolt://127.0.0.1:{free_port}"}))

    with pytest.raises(Unavailable, match="does not answer"):
        async with app.router.lifespan_context(app):
            pass


async def test_a_graph_that_went_away_is_an_error_with_a_code_and_not_ready(
    settings: Settings, graph: Graph, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> Any:
        raise Unavailable("The graph does not answer. Try again shortly.")

    monkeypatch.setattr(Graph, "read", fail)

    error = await ask_for_error(client, NOBODY)
    ready = await client.get("/readyz")

    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfterSeconds": 1.0}
    assert error["path"] == ["person"]
    assert ready.status_code == 503
    assert ready.json()["checks"]["graph"]["reason"] == "The graph does not answer. Try again shortly."


async def test_an_unexpected_failure_is_masked_with_an_id_that_the_log_has(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the secret inner workings")

    monkeypatch.setattr(Graph, "read", fail)

    with capture_logs() as logged:
        response = await post(client, NOBODY)

    [error] = response.json()["errors"]
    error_id = error["extensions"]["errorId"]
    assert error["message"] == f"Internal error, id {error_id}."
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in response.text
    [unexpected] = [entry for entry in logged if entry["event"] == "unexpected failure"]
    assert unexpected["error_id"] == error_id
    assert "the secret inner workings" in str(unexpected["exc_info"])


async def test_metrics_tell_requests_by_route_and_statements_by_name(client: httpx.AsyncClient) -> None:
    await ask(client, NOBODY)
    await client.get("/no/such/path")

    text = (await client.get("/metrics")).text

    assert 'memberhub_http_requests_total{method="POST",route="/graphql",status="200"} 1.0' in text
    assert 'memberhub_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'memberhub_graph_statement_duration_seconds_count{statement="persons.find_by_identifiers"} 1.0' in text
    assert "/no/such/path" not in text


async def test_phones_stay_out_of_what_the_api_logs(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    await put_ming_and_hua(graph, settings)

    with capture_logs() as logged:
        await post(client, f'{{ person(by: {{phone: "{MING_PHONE}"}}) {{ id orders {{ nodes {{ id }} }} }} }}')
        await post(client, '{ person(by: {phone: "1380000"}) { id } }')
        await client.get("/graphql", params={"query": f'{{ person(by: {{phone: "{MING_PHONE}"}}) {{ id }} }}'})

    assert [entry["event"] for entry in logged] == ["request", "operation refused", "request", "request"]
    assert "1380000" not in str(logged)


async def _set_number(tx: Transaction, old: int, new: int) -> None:
    text = "MATCH (m:Migration {number: $old}) SET m.number = $new"
    await tx.run(Statement("test.renumber", "write", text), old=old, new=new)
