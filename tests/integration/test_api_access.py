"""What a token's client may see and do, and what the access log knows of it afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph.database import Graph
from hub.core.access import Scope
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.services.access.log import AccessLog, fetch_latest, verify
from hub.services.programme.in_force import load_programmes
from hub.services.programme.versions import publish_programme
from resolvers.global_ids import Kind, write_global_id
from resolvers.schema import schema
from tests.integration.api_client import ask, open_client
from tests.integration.api_people import MING_PHONE, MING_POS, put_ming_and_hua
from tests.integration.api_tokens import get_token, make_client, open_guarded, post_as, resources_of
from tests.integration.test_programmes import TEA, ZONE
from tests.support.schema_paths import Paths

pytestmark = pytest.mark.anyio

READS: Final = (Scope.PERSON_READ, Scope.ORDERS_READ, Scope.POINTS_READ, Scope.MEMBERSHIP_READ)
WRITES: Final = (Scope.POINTS_WRITE, Scope.MEMBERSHIP_WRITE)
MING: Final = f'person(by: {{phone: "{MING_PHONE}"}})'
IN_CLEAR: Final = f"{{ {MING} {{ id profile {{ name value masked }} }} }}"
IN_FULL: Final = {
    "card": "C0001",
    "email": "family@example.com",
    "openid": "oOpenid0000001",
    "ouid": "AAHouid001",
    "phone": "+8613800000001",
    "unionid": "uUnion0000001",
}
EARN: Final = """
    mutation ($input: EarnInput!) { earn(input: $input) {
      __typename
      ... on LedgerDone { operation { id key programme } balance { available } }
      ... on LedgerFailure { code message }
    } }
"""
HOLD: Final = """
    mutation ($input: HoldInput!) { hold(input: $input) { ... on LedgerDone { operation { key } } } }
"""
HELD: Final = {"input": {"caller": "anything", "idempotencyKey": "2", "person": {"phone": MING_PHONE}, "amount": 1}}
EARNED: Final = {
    "input": {
        "caller": "anything",
        "idempotencyKey": "1",
        "record": {"system": "pos", "externalId": MING_POS.external_id},
        "amount": 70,
    }
}


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    await put_ming_and_hua(graph, settings)
    async with open_guarded(settings) as client:
        yield client


async def token_for(client: httpx.AsyncClient, graph: Graph, *scopes: Scope, programmes: tuple[str, ...] = ()) -> str:
    made = await make_client(graph, *scopes, programmes=programmes)
    await resources_of(client).renew_doors()
    return await get_token(client, made)


async def publish_tea(client: httpx.AsyncClient, graph: Graph) -> None:
    """A second programme comes into force."""
    await publish_programme(graph, TEA, "li", "because", ZONE)
    resources = resources_of(client)
    resources.programmes = await load_programmes(graph, ZONE, resources.programmes)


async def test_no_field_answers_without_a_token_or_a_scope(client: httpx.AsyncClient, graph: Graph) -> None:
    paths = Paths(schema._schema)
    tokens = {one: await token_for(client, graph, one) for one in (Scope.POINTS_READ, Scope.MEMBERSHIP_WRITE)}
    for coordinate, opening in schema.openings.items():
        query = paths.ask_for(coordinate, "shown: {field}")
        assert (await client.post("/graphql", json={"query": query})).status_code == 401, coordinate
        for scope, token in tokens.items():
            if opening and scope not in opening:
                response = await post_as(client, token, query)
                assert (response.status_code, "data" in response.json()) == (403, False), coordinate
                assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_refusal_says_which_scope_is_missing(client: httpx.AsyncClient, graph: Graph) -> None:
    token = await token_for(client, graph, Scope.PERSON_READ)

    response = await post_as(client, token, f"{{ {MING} {{ id totalSpent }} }}")

    assert response.status_code == 403
    assert 'error="insufficient_scope", scope="orders:read"' in response.headers["www-authenticate"]
    assert response.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN", "scopes": ["orders:read"]}


async def test_grants_never_share_what_was_let_in(client: httpx.AsyncClient, graph: Graph) -> None:
    query = f"{{ {MING} {{ id orderCount }} }}"
    wide, narrow = await token_for(client, graph, *READS), await token_for(client, graph, Scope.PERSON_READ)

    found = [(await post_as(client, token, query)).status_code for token in (wide, wide, narrow, wide, narrow)]

    assert found == [200, 200, 403, 200, 403]


async def test_a_node_is_closed_by_what_its_id_stands_for(client: httpx.AsyncClient, graph: Graph) -> None:
    wide = await token_for(client, graph, *READS)
    found = (await post_as(client, wide, f"{{ {MING} {{ id records {{ id }} orders {{ nodes {{ id }} }} }} }}")).json()
    person = found["data"]["person"]
    narrow = await token_for(client, graph, Scope.POINTS_READ)

    for node_id in (person["id"], person["records"][0]["id"], person["orders"]["nodes"][0]["id"]):
        query = f'{{ node(id: "{node_id}") {{ __typename id }} }}'
        body = (await post_as(client, narrow, query)).json()
        assert body["data"] == {"node": None}
        assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert (await post_as(client, wide, query)).json()["data"]["node"]["id"] == node_id


async def test_a_token_of_another_programme_sees_nothing_of_this_one(client: httpx.AsyncClient, graph: Graph) -> None:
    own = await token_for(client, graph, *READS, *WRITES)
    earned = (await post_as(client, own, EARN, EARNED)).json()["data"]["earn"]["operation"]
    entries = (await post_as(client, own, f"{{ {MING} {{ ledger {{ nodes {{ id }} }} }} }}")).json()
    entry = entries["data"]["person"]["ledger"]["nodes"][0]["id"]
    lots = (
        await post_as(client, own, f"{{ {MING} {{ balances {{ explain {{ lots {{ nodes {{ id }} }} }} }} }} }}")
    ).json()
    lot = lots["data"]["person"]["balances"][0]["explain"]["lots"]["nodes"][0]["id"]
    held = (await post_as(client, own, HOLD, HELD)).json()["data"]["hold"]["operation"]["key"]
    hold = write_global_id(Kind.HOLD, held)
    assert (await post_as(client, own, f'{{ node(id: "{hold}") {{ id }} }}')).json()["data"]["node"] == {"id": hold}
    other = await token_for(client, graph, *READS, *WRITES, programmes=("tea",))
    query = f"""{{
      {MING} {{ balances {{ programme }} past: balances(asOf: "2026-01-01T00:00:00Z") {{ programme }}
                holds {{ programme }} ledger {{ nodes {{ programme }} }}
                memberships {{ programme }} }}
      named: {MING} {{ memberships(programme: "main") {{ programme }} }}
      programmes {{ name }}
      operation(key: "{earned["key"]}") {{ key }}
      a: node(id: "{earned["id"]}") {{ id }}
      b: node(id: "{entry}") {{ id }}
      c: node(id: "{lot}") {{ id }}
      d: node(id: "{hold}") {{ id }}
    }}"""

    seen = (await post_as(client, other, query)).json()
    done = (await post_as(client, other, EARN, EARNED)).json()

    assert seen["data"] == {
        "person": {"balances": [], "past": [], "holds": [], "ledger": {"nodes": []}, "memberships": []},
        "named": {"memberships": None},
        "programmes": [],
        "operation": None,
        "a": None,
        "b": None,
        "c": None,
        "d": None,
    }
    assert [one["extensions"]["code"] for one in seen["errors"]] == ["FORBIDDEN"]
    assert done["data"] == {"earn": None}
    assert done["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_points_come_back_with_a_benefit_only_for_who_may_change_points(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    words = "mutation ($input: RestoreInput!) { restore(input: $input) { ... on LedgerFailure { code } } }"
    given = {"caller": "x", "idempotencyKey": "9", "operation": "x|1", "spent": "x|2"}
    narrow, wide = [await token_for(client, graph, *scopes) for scopes in ((Scope.MEMBERSHIP_WRITE,), WRITES)]

    refused = (await post_as(client, narrow, words, {"input": given})).json()
    asked = (await post_as(client, wide, words, {"input": given})).json()

    assert refused["errors"][0]["extensions"] == {"code": "FORBIDDEN", "scopes": ["points:write"]}
    assert asked["data"] == {"restore": {"code": "UNKNOWN_OPERATION"}}


async def test_operations_of_another_programme_are_as_unknown_as_those_that_never_were(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    own = await token_for(client, graph, *WRITES)
    earned = (await post_as(client, own, EARN, EARNED)).json()["data"]["earn"]["operation"]["key"]
    await publish_tea(client, graph)
    other = await token_for(client, graph, *WRITES, programmes=("tea",))

    async def undo(key: str) -> Any:
        given = {"caller": "x", "idempotencyKey": "9", "programme": "tea", "operation": key, "amount": 1}
        words = "mutation ($input: UndoInput!) { reverse(input: $input) { ... on LedgerFailure { code message } } }"
        return (await post_as(client, other, words, {"input": given})).json()["data"]

    assert await undo(earned) == await undo("nobody|1")
    assert (await undo(earned))["reverse"]["code"] == "UNKNOWN_OPERATION"


async def test_personal_data_is_masked_unless_scope_and_purpose_open_it(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    masked = IN_CLEAR.replace("value", "")
    plain, clear = await token_for(client, graph, *READS), await token_for(client, graph, *READS, Scope.PII_READ)

    shown = (await post_as(client, plain, masked)).json()["data"]["person"]["profile"]
    refused = [
        await post_as(client, plain, IN_CLEAR, purpose="testing"),
        await post_as(client, clear, IN_CLEAR),
        await post_as(client, clear, IN_CLEAR, purpose="curiosity"),
    ]
    opened = (await post_as(client, clear, IN_CLEAR, purpose="testing")).json()["data"]["person"]["profile"]

    assert {"name": "city", "masked": "杭**"} in shown
    assert [one.status_code for one in refused] == [403, 403, 403]
    assert {"name": "city", "value": "杭州", "masked": "杭**"} in opened


async def test_identifiers_are_masked_unless_scope_and_purpose_open_them(
    client: httpx.AsyncClient, graph: Graph
) -> None:
    clear = await token_for(client, graph, Scope.PERSON_READ, Scope.PII_READ)
    plain = await token_for(client, graph, Scope.PERSON_READ)
    asked = f"{{ {MING} {{ id identifiers {{ type masked value }} }} }}"

    refused = [await post_as(client, plain, asked, purpose="testing"), await post_as(client, clear, asked)]
    masked = await post_as(client, plain, asked.replace("value", ""))
    opened = [(await post_as(client, clear, asked, purpose="testing")).json()["data"] for _ in range(2)]

    assert [one.status_code for one in refused] == [403, 403]
    assert not [value for value in IN_FULL.values() if value in masked.text]
    assert opened[0] == opened[1]  # by ordinary execution, and by a plan
    assert {one["type"]: one["value"] for one in opened[0]["person"]["identifiers"]} == IN_FULL
    read = [one.access for one in await fetch_latest(graph, fits=lambda _: True, limit=9)]
    assert [(one.fields, one.persons) for one in read] == [(("Identifier.value",), (opened[0]["person"]["id"],))] * 2


async def test_the_log_knows_who_read_and_changed_what_of_whom(client: httpx.AsyncClient, graph: Graph) -> None:
    made = await make_client(graph, *READS, *WRITES, Scope.PII_READ)
    await resources_of(client).renew_doors()
    token = await get_token(client, made)

    for _ in range(2):  # by ordinary execution, and by a plan
        person = (await post_as(client, token, IN_CLEAR, purpose="testing")).json()["data"]["person"]["id"]
    await post_as(client, token, f"{{ {MING} {{ profile {{ masked }} }} }}")
    await post_as(client, token, EARN, EARNED)

    changed, *read = [one.access for one in await fetch_latest(graph, fits=lambda _: True, limit=10)]
    assert (changed.action, changed.fields, changed.persons) == ("write", ("Mutation.earn",), (person,))
    assert [(one.action, one.purpose, one.fields, one.persons) for one in read] == [
        ("read", "testing", ("ProfileField.value",), (person,))
    ] * 2
    assert {one.client for one in (changed, *read)} == {made.client.id}
    assert all(now_ms() - one.at_ms < 600_000 and one.request for one in (changed, *read))
    assert (await verify(graph)).fault is None


async def test_what_cannot_be_logged_is_not_answered(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    token = await token_for(client, graph, *READS, *WRITES, Scope.PII_READ)
    resources = resources_of(client)
    kept = resources.access_log
    async with Graph.open(settings) as closed:
        resources.access_log = AccessLog(closed)

    kept_back = [await post_as(client, token, IN_CLEAR, purpose="testing") for _ in range(2)]  # ordinarily, by a plan
    kept_back.append(await post_as(client, token, EARN, EARNED))
    masked = await post_as(client, token, f"{{ {MING} {{ profile {{ masked }} }} }}")
    resources.access_log = kept
    repeated = (await post_as(client, token, EARN, EARNED)).json()["data"]["earn"]

    for response in kept_back:
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert response.json().keys() <= {"errors", "extensions"}
        [error] = response.json()["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
        assert "access log cannot be written" in error["message"]
        assert "杭州" not in response.text
    assert "errors" not in masked.json()
    assert repeated["balance"]["available"] == 70
    assert [one.access.fields for one in await fetch_latest(graph, fits=lambda _: True, limit=9)] == [
        ("Mutation.earn",)
    ]


async def test_a_key_belongs_to_the_client_whatever_name_it_gives(client: httpx.AsyncClient, graph: Graph) -> None:
    first, second = [await make_client(graph, *WRITES) for _ in range(2)]
    await resources_of(client).renew_doors()

    done: list[dict[str, Any]] = []
    for made in (first, second):
        token = await get_token(client, made)
        done.append((await post_as(client, token, EARN, EARNED)).json()["data"]["earn"])

    assert [one["operation"]["key"] for one in done] == [f"{first.client.id}|1", f"{second.client.id}|1"]
    assert done[1]["balance"]["available"] == 140


async def test_an_open_api_asks_nobody_and_logs_all_the_same(settings: Settings, graph: Graph) -> None:
    await put_ming_and_hua(graph, settings)
    async with open_client(settings) as client:
        await ask(client, IN_CLEAR)

    [entry] = await fetch_latest(graph, fits=lambda _: True, limit=10)
    assert (entry.access.client, entry.access.purpose) == ("", "open")
