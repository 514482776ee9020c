"""Clients that others have written make an authenticated query each."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

from graph.database import Graph
from hub.core.access import Scope
from hub.core.settings import Settings
from hub.services.identity import Identity
from tests.integration.api_tokens import make_client, serve_guarded
from tests.support.changes import open_stream, relay_all
from tests.support.events import PHONES
from tests.support.fetched import fetch_package
from tests.support.ledger import Members
from tests.support.node_peers import MISSING, run_peer
from tests.support.stewardship import put, read_births, said

pytestmark = pytest.mark.anyio

_ROOT = Path(__file__).parents[2]
_GENERATOR = "ariadne-codegen==0.19.0"
_WHO = "query Who($phone: String!) { person(by: {phone: $phone}) { id records { system externalId } } }"


class Known(NamedTuple):
    """Somebody to ask for, and who asks."""

    address: str
    person: str
    client_id: str
    secret: str

    def fetch_token(self) -> OAuth2Session:
        session = OAuth2Session(client=BackendApplicationClient(client_id=self.client_id))
        session.fetch_token(f"{self.address}/oauth/token", client_id=self.client_id, client_secret=self.secret)
        return session


@pytest.fixture
def address(settings: Settings, graph: Graph) -> Iterator[str]:
    """A guarded API's."""
    with serve_guarded(settings) as found:
        yield found


@pytest.fixture
async def known(address: str, graph: Graph, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> Known:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")  # on loopback
    person = await Members(graph, identity).add("pos|c1", PHONES[0])
    client, secret = await make_client(graph, Scope.PERSON_READ)
    return Known(address, person, client.id, secret)


async def test_requests_oauthlib_asks(known: Known) -> None:
    asked = {"query": _WHO, "variables": {"phone": PHONES[0]}}
    answer = known.fetch_token().post(f"{known.address}/graphql", json=asked, timeout=30).json()

    assert answer["data"]["person"]["id"] == known.person


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
async def test_curl_asks(known: Known) -> None:
    token = known.fetch_token().token["access_token"]
    body = f'{{"query": "{_WHO}", "variables": {{"phone": "{PHONES[0]}"}}}}'
    headers = ["-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/json"]
    curl = ["curl", "-sf", "--noproxy", "*", *headers, "-d", body, f"{known.address}/graphql"]
    said = await anyio.run_process(curl)

    assert known.person.encode() in said.stdout


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
async def test_apollo_and_urql_ask(known: Known) -> None:
    token = known.fetch_token().token["access_token"]

    assert run_peer("clients.js", f"{known.address}/graphql", token, PHONES[0]) == {
        "apollo": known.person,
        "urql": known.person,
    }


@pytest.mark.skipif(bool(MISSING), reason=MISSING)
@pytest.mark.parametrize("way", ["ws", "sse"])
async def test_graphql_ws_and_graphql_sse_follow_drop_out_and_go_on(
    known: Known, settings: Settings, graph: Graph, identity: Identity, way: str
) -> None:
    session = known.fetch_token()
    last = session.post(f"{known.address}/graphql", json={"query": "{ lastEventId }"}, timeout=30).json()
    async with open_stream(settings, fresh=False) as stream:
        for number in range(1, 5):
            await put(graph, identity, said(f"pos|{number}", ("phone", PHONES[number])))
            await relay_all(graph, stream)
    births = await read_births(graph)

    heard = run_peer(
        "subscribers.js",
        f"{known.address}/graphql",
        session.token["access_token"],
        way,
        last["data"]["lastEventId"],
        "5",
    )

    assert heard == [known.person, *(births[f"pos|{number}"] for number in range(1, 5))]


async def test_a_client_generated_from_the_schema_asks(
    known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(_ROOT / "schema.graphql", tmp_path)
    (tmp_path / "queries.graphql").write_text(_WHO)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.ariadne-codegen]\nschema_path = "schema.graphql"\nqueries_path = "queries.graphql"\n'
        'target_package_name = "generated_hub_client"\nasync_client = false\n'
    )
    await anyio.run_process(
        [sys.executable, "-m", "ariadne_codegen"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(fetch_package(_GENERATOR))},
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    token = known.fetch_token().token["access_token"]
    generated = importlib.import_module("generated_hub_client")

    with generated.Client(f"{known.address}/graphql", headers={"Authorization": f"Bearer {token}"}) as client:
        found = client.who(phone=PHONES[0]).person

    assert found.id == known.person
    assert [(one.system, one.external_id) for one in found.records] == [("pos", "c1")]
