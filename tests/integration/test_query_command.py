"""`hub query`, against the API on a real port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.database import Graph
from hub.core.access import Scope
from hub.core.settings import Settings
from hub.services.identity import Identity
from tests.integration.api_process import environ_of
from tests.integration.api_tokens import make_client, serve_guarded
from tests.support.commands import run_hub
from tests.support.events import PHONES
from tests.support.ledger import Members

pytestmark = pytest.mark.anyio

_DOCUMENT = """
query Who($phone: String!, $first: Int!) {
  person(by: {phone: $phone}) { id records { system externalId } orders(first: $first) { edges { node { id } } } }
  programmes { name }
}
query Other { programmes { name } }
"""


@pytest.fixture
def address(settings: Settings, graph: Graph) -> Iterator[str]:
    """A guarded API's."""
    with serve_guarded(settings) as found:
        yield f"{found}/graphql"


async def test_a_client_reads_tables_or_json(
    address: str, settings: Settings, graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    person = await Members(graph, identity).add("pos|c1", PHONES[0])
    client, secret = await make_client(graph, Scope("person:read"), Scope("orders:read"), Scope("membership:read"))
    document = tmp_path / "who.graphql"
    document.write_text(_DOCUMENT)
    environ = environ_of(settings) | {
        "HUB_QUERY_URL": address,
        "HUB_QUERY_CLIENT": client.id,
        "HUB_QUERY_SECRET": secret,
    }
    asked = ("query", str(document), "--operation", "Who", "--var", f"phone={PHONES[0]}", "--var", "first=1")

    tables = run_hub(environ, *asked)
    answer = json.loads(run_hub(environ, *asked, "--json").stdout)
    refused = run_hub(environ, *asked[:-1], "first=many")
    wrong = run_hub(environ | {"HUB_QUERY_SECRET": "wrong"}, *asked)
    stranger = run_hub(environ_of(settings) | {"HUB_QUERY_URL": address}, *asked)

    assert answer["data"]["person"]["id"] == person
    assert person in tables.stdout
    assert "programmes" in tables.stdout
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "first" in refused.stderr
    assert (wrong.returncode, stranger.returncode) == (1, 1)
    assert client.id in wrong.stderr
    assert "HUB_QUERY_CLIENT" in stranger.stderr
