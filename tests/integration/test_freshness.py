"""Up to when the hub knows what each system says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from connectors.files.mapping import Mapping, parse_mapping
from graph.counting import count_statements
from graph.database import Graph
from graph.sources import fetch_sources
from hub.core.access import Scope
from hub.core.clock import now_ms
from hub.core.model import System
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.import_file import ImportRequest, import_file
from resolvers.global_ids import Kind, write_global_id
from tests.integration.api_client import ask, open_client
from tests.integration.api_people import NOON_MS, put_import, put_ming_and_hua
from tests.integration.api_tokens import get_token, make_client, open_guarded, post_as, resources_of

pytestmark = pytest.mark.anyio

_SYSTEMS: Final = "{ systems { name kind watermark { observedAt receivedAt lagSeconds } } }"
_EVENING: Final = "2025-10-09T20:00:00Z"
_EVENING_MS: Final = 1_760_040_000_000


def customers(observed: str) -> Mapping:
    return parse_mapping(f"version: 1\nkind: customers\nexternal_id: id\n{observed}profile: {{name: name}}\n", "test")


ORDERS: Final = parse_mapping(
    """
    version: 1
    kind: orders
    order_id: order
    customer: id
    placed_at: at
    status: {always: paid}
    amount: {column: yuan, unit: yuan}
    """,
    "test",
)
DATED: Final = customers("observed_at: at\n")


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(settings) as client:
        yield client


async def bring(
    graph: Graph, identity: Identity, path: Path, text: str, mapping: Mapping, *, again: bool = False
) -> tuple[int | None, int | None]:
    """Import a file; the watermark of its system, and when something of it was received."""
    await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    request = ImportRequest(path, System("pos"), mapping, again=again)
    await import_file(graph, identity, request, timezone="Asia/Shanghai")
    [source] = await fetch_sources(graph)
    return source.watermark_ms, source.received_ms


async def test_a_watermark_is_the_newest_instant_that_a_whole_file_speaks_of(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    began_ms = now_ms()
    later = f"id,name,at\na,A,{_EVENING}\nb,B,2025-10-01T00:00:00Z\nbad,B,2099-01-01T00:00:00Z\n"

    assert (await bring(graph, identity, tmp_path / "1", later, DATED))[0] == _EVENING_MS
    older = "id,name,at\nc,C,2024-01-01T00:00:00Z\n"
    watermark_ms, received_ms = await bring(graph, identity, tmp_path / "2", older, DATED)

    assert watermark_ms == _EVENING_MS
    assert received_ms is not None
    assert began_ms <= received_ms <= now_ms()
    assert (await bring(graph, identity, tmp_path / "1", later, DATED, again=True))[0] == _EVENING_MS


async def test_orders_speak_of_when_they_were_placed(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    text = f"order,id,at,yuan\n1,a,{_EVENING},5\n2,a,2025-10-01T00:00:00Z,5\n"

    assert (await bring(graph, identity, tmp_path / "o", text, ORDERS))[0] == _EVENING_MS


async def test_a_file_without_instants_speaks_of_when_it_was_first_seen(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    before_ms = now_ms()

    watermark_ms, _ = await bring(graph, identity, tmp_path / "c", "id,name\na,A\n", customers(""))

    assert watermark_ms is not None
    assert before_ms <= watermark_ms <= now_ms()


async def test_systems_tell_their_watermarks_and_a_file_that_is_not_whole_moves_none(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    await put_import(graph, "tmall:flagship", observed_ms=NOON_MS)
    await put_import(graph, "tmall:flagship", observed_ms=NOON_MS + 5_000, complete=False)
    await put_import(graph, "erp", observed_ms=NOON_MS, complete=False)

    erp, tmall = (await ask(client, _SYSTEMS))["systems"]

    noon = "2025-10-09T08:53:20.000Z"
    assert erp == {
        "name": "erp",
        "kind": "erp",
        "watermark": {"observedAt": None, "receivedAt": noon, "lagSeconds": None},
    }
    assert (tmall["name"], tmall["kind"], tmall["watermark"]["observedAt"]) == ("tmall:flagship", "tmall", noon)
    assert abs(tmall["watermark"]["lagSeconds"] - (now_ms() - NOON_MS) // 1000) <= 5


async def test_a_system_is_found_by_its_id(client: httpx.AsyncClient, graph: Graph) -> None:
    await put_import(graph, "pos", observed_ms=NOON_MS)
    query = "query ($id: ID!) { node(id: $id) { id ... on System { name } } }"
    known = write_global_id(Kind.SYSTEM, "pos")

    assert (await ask(client, query, {"id": known}))["node"] == {"id": known, "name": "pos"}
    assert (await ask(client, query, {"id": write_global_id(Kind.SYSTEM, "erp")}))["node"] is None


async def test_freshness_comes_with_an_answer_that_asks_for_it_by_one_statement(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    await put_import(graph, "pos", observed_ms=NOON_MS)

    async def send(extensions: dict[str, Any]) -> Any:
        with count_statements() as counter:
            body = {"query": "{ __typename }", "extensions": extensions}
            answer = (await client.post("/graphql", json=body)).json()
        return answer["extensions"].get("freshness"), counter.total

    assert await send({}) == (None, 0)
    assert await send({"freshness": False}) == (None, 0)
    [told], statements = await send({"freshness": True})
    assert (told["system"], told["observedAt"], statements) == ("pos", "2025-10-09T08:53:20.000Z", 1)


@pytest.mark.parametrize("query", ["{", "{ nothing }", "{ systems { name } }"])
async def test_freshness_is_not_read_for_what_is_not_let_in(settings: Settings, graph: Graph, query: str) -> None:
    limits = {"graphql_bucket": 1, "graphql_max_cost": 1}
    async with open_client(settings.model_copy(update=limits)) as client:
        with count_statements() as counter:
            body = {"query": query, "extensions": {"freshness": True}}
            answer = (await client.post("/graphql", json=body)).json()

    assert (counter.total, answer.get("data")) == (0, None)
    assert "freshness" not in answer.get("extensions", {})


async def test_freshness_is_not_read_for_who_may_not_ask_the_rest(settings: Settings, graph: Graph) -> None:
    async with open_guarded(settings) as client:
        made = await make_client(graph, Scope.PERSON_READ)
        await resources_of(client).renew_doors()
        token = await get_token(client, made)
        body = {"query": "{ persons { nodes { orderCount } } }", "extensions": {"freshness": True}}
        with count_statements() as counter:
            refused = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})

    assert (refused.status_code, counter.total) == (403, 0)


async def test_freshness_costs_as_much_as_systems_with_their_watermarks(client: httpx.AsyncClient) -> None:
    async def cost(query: str, **extensions: bool) -> tuple[int, int]:
        answer = await client.post("/graphql", json={"query": query, "extensions": extensions})
        told = answer.json()["extensions"]["cost"]
        return told["requestedQueryCost"], told["actualQueryCost"]

    plain = "{ systems { watermark { observedAt } } }"
    asked, _ = await cost(plain)
    for _ in ("the first time", "by a plan"):
        assert await cost("{ __typename }", freshness=True) == (asked, asked)


async def test_freshness_is_for_who_may_ask_for_systems(settings: Settings, graph: Graph) -> None:
    async with open_guarded(settings) as client:
        made = await make_client(graph, Scope.POINTS_READ)
        await resources_of(client).renew_doors()
        token = await get_token(client, made)
        body = {"query": "{ __typename }", "extensions": {"freshness": True}}

        refused = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})

        assert refused.status_code == 403
        assert refused.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN", "scopes": ["person:read"]}
        assert (await post_as(client, token, "{ __typename }")).status_code == 200


async def test_a_mutation_that_may_not_ask_for_freshness_changes_and_costs_nothing(
    settings: Settings, graph: Graph
) -> None:
    await put_ming_and_hua(graph, settings)
    earn = """mutation { earn(input: {
        caller: "till", idempotencyKey: "T1", record: {system: "pos", externalId: "C0001"}, amount: 5
    }) { __typename } }"""
    async with open_guarded(settings) as client:
        made = await make_client(graph, Scope.POINTS_WRITE)
        await resources_of(client).renew_doors()
        token = await get_token(client, made)

        for _ in ("the first time", "by a plan"):
            body = {"query": earn, "extensions": {"freshness": True}}
            refused = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {token}"})
            told = refused.json()["extensions"]

            assert refused.status_code == 403
            assert "writeToken" not in told
            assert told["cost"]["actualQueryCost"] == 0
            assert told["cost"]["throttleStatus"]["currentlyAvailable"] == settings.graphql_bucket
        done = (await post_as(client, token, earn)).json()
        assert done["data"]["earn"]["__typename"] == "LedgerDone"
        assert "writeToken" in done["extensions"]


async def test_whether_freshness_is_wanted_is_true_or_false(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ __typename }", "extensions": {"freshness": "yes"}})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]) == (400, {"code": "INVALID_INPUT"})
