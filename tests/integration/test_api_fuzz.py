"""Whatever is sent, the server does not fail: schemathesis makes it up, seeded. `make fuzz` makes up more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from graph.database import Graph
from hub.core.access import Scope
from hub.core.settings import Settings
from hub.http import attempts
from tests.integration.api_people import put_ming_and_hua
from tests.integration.api_tokens import get_token, make_client, serve_guarded
from tests.support.fuzzing import fuzz

pytestmark = pytest.mark.anyio

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
async def address(settings: Settings, graph: Graph, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A guarded API's, which asks nobody to wait."""
    monkeypatch.setattr(attempts, "_ADDRESS", 10**9)
    monkeypatch.setattr(attempts, "_CLIENT", 10**9)
    await put_ming_and_hua(graph, settings)
    with serve_guarded(settings.model_copy(update={"graphql_bucket": 0})) as found:
        yield found


async def test_graphql_finds_an_answer_to_everything(address: str, graph: Graph) -> None:
    made = await make_client(graph, *Scope)
    async with httpx.AsyncClient(base_url=address) as client:
        token = await get_token(client, made)
    headers = ("--header", f"Authorization: Bearer {token}", "--header", "Hub-Purpose: testing")

    assert fuzz(ROOT / "schema.graphql", f"{address}/graphql", "--checks", "nothing_failed", *headers) > 50


async def test_the_authorization_server_is_as_its_description_says(address: str, graph: Graph) -> None:
    known, secret = await make_client(graph, Scope.PERSON_READ)
    # RFC 6749 has fields that it does not know ignored, and no field sent twice: no schema can say that.
    checks = ("--checks", "all", "--exclude-checks", "positive_data_acceptance,nothing_failed")
    described = ROOT / "docs" / "oauth.openapi.yaml"

    assert fuzz(described, address, *checks, "--auth", f"{known.id}:{secret}") > 10
    assert fuzz(described, address, *checks) > 10
