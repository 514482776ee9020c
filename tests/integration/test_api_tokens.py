"""How programs get tokens, and what becomes of those who come without a good one."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from graph.database import Graph
from hub.core.access import Scope
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.http.tokens import audience_of
from hub.services.access.clients import WithSecret, disable_client, end_old_secrets, rotate_secret
from hub.services.access.signing import replace_key
from hub.services.identity import Identity
from tests.integration.api_tokens import ask_for_token, get_token, make_client, open_guarded, post_as, resources_of

pytestmark = pytest.mark.anyio

QUERY: Final = "{ programmes { name } }"


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    async with open_guarded(settings) as client:
        yield client


@pytest.fixture
async def till(graph: Graph) -> WithSecret:
    return await make_client(graph, Scope.PERSON_READ, Scope.POINTS_READ)


async def test_a_client_gets_a_token_by_the_standard(
    client: httpx.AsyncClient, till: WithSecret, settings: Settings
) -> None:
    response = await ask_for_token(client, *till, scope="points:read")
    keys = KeySet.import_key_set((await client.get("/oauth/jwks")).json())

    body = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, "points:read")
    token = jwt.decode(body["access_token"], keys, algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"
    assert token.claims["aud"] == audience_of(settings.issuer_uri)
    assert token.claims["sub"] == token.claims["client_id"] == till.client.id
    assert token.claims["exp"] - token.claims["iat"] == 600
    answer = await post_as(client, body["access_token"], QUERY)
    assert answer.json()["data"] == {"programmes": [{"name": "main"}]}


async def test_metadata_says_where_everything_is(client: httpx.AsyncClient, settings: Settings) -> None:
    found = (await client.get("/.well-known/oauth-authorization-server")).json()

    assert found["issuer"] == settings.issuer_uri
    assert found["token_endpoint"] == f"{settings.issuer_uri}/oauth/token"
    assert found["jwks_uri"] == f"{settings.issuer_uri}/oauth/jwks"
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["scopes_supported"] == [*Scope]


async def test_a_secret_may_come_in_the_form(client: httpx.AsyncClient, till: WithSecret) -> None:
    form = {"grant_type": "client_credentials", "client_id": till.client.id, "client_secret": till.secret}

    assert (await client.post("/oauth/token", data=form)).status_code == 200


async def test_strangers_wrong_secrets_and_disabled_clients_are_refused_alike(
    client: httpx.AsyncClient, till: WithSecret, graph: Graph
) -> None:
    wrong = await ask_for_token(client, till.client, "wrong")
    stranger = await client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=("client-000000000000", "wrong")
    )
    await disable_client(graph, till.client.id, now_ms=now_ms())
    disabled = await ask_for_token(client, *till)

    assert {one.status_code for one in (wrong, stranger, disabled)} == {401}
    assert wrong.json() == stranger.json() == disabled.json()
    assert wrong.json()["error"] == "invalid_client"
    assert wrong.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        ("grant_type=password", "application/x-www-form-urlencoded", "unsupported_grant_type"),
        ("", "application/x-www-form-urlencoded", "invalid_request"),
        ("grant_type=client_credentials&scope=points:write", "application/x-www-form-urlencoded", "invalid_scope"),
        ("grant_type=client_credentials&scope=everything", "application/x-www-form-urlencoded", "invalid_scope"),
        ("grant_type=client_credentials&grant_type=x", "application/x-www-form-urlencoded", "invalid_request"),
        ("grant_type=client_credentials&client_secret=x", "application/x-www-form-urlencoded", "invalid_request"),
        ("grant_type=%ff", "application/x-www-form-urlencoded", "invalid_request"),
        ("{}", "application/json", "invalid_request"),
    ],
)
async def test_wrong_requests_are_told_by_the_standards_words(
    client: httpx.AsyncClient, till: WithSecret, body: str, kind: str, error: str
) -> None:
    response = await client.post(
        "/oauth/token", content=body, headers={"Content-Type": kind}, auth=(till.client.id, till.secret)
    )

    assert (response.status_code, response.json()["error"]) == (400, error)


@pytest.mark.parametrize("header", ["Basic ///", "Basic /w==", "Basic", "Bearer x", "Basic Y2xpZW50"])
async def test_illegible_credentials_are_refused(client: httpx.AsyncClient, header: str) -> None:
    response = await client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
    )

    assert response.status_code in (400, 401)


async def test_too_many_failures_are_asked_to_wait(client: httpx.AsyncClient, till: WithSecret) -> None:
    for _ in range(20):
        await ask_for_token(client, till.client, "")

    response = await ask_for_token(client, *till)

    assert response.status_code == 429
    assert int(response.headers["retry-after"]) <= 30


async def test_two_secrets_are_good_while_a_client_changes(
    client: httpx.AsyncClient, till: WithSecret, graph: Graph
) -> None:
    second = await rotate_secret(graph, till.client.id)
    both = [(await ask_for_token(client, *one)).status_code for one in (till, second)]
    third = await rotate_secret(graph, till.client.id)
    later = [(await ask_for_token(client, *one)).status_code for one in (till, second, third)]
    await end_old_secrets(graph, till.client.id)
    ended = [(await ask_for_token(client, *one)).status_code for one in (second, third)]

    assert (both, later, ended) == ([200, 200], [401, 200, 200], [401, 200])


async def test_without_a_token_the_answer_says_how_to_come(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": QUERY})

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="memberhub"'
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_AUTHENTICATED"


async def refuse(client: httpx.AsyncClient, token: str) -> str:
    """Why a token is refused, as it must be."""
    response = await post_as(client, token, QUERY)
    assert response.status_code == 401
    assert "data" not in response.json()
    assert 'error="invalid_token"' in response.headers["www-authenticate"]
    reason: str = response.json()["errors"][0]["message"]
    return reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iat": -700, "exp": -1}, "has expired"),
        ({"iat": 60, "exp": 600}, "from the future"),
        ({"nbf": 60}, "from the future"),
        ({"aud": "https://elsewhere/graphql"}, "another audience"),
        ({"iss": "https://elsewhere"}, "somebody else"),
        ({"exp": "soon"}, "wrong form"),
        ({"jti": None}, "lacks claims"),
        ({"sub": "client-1"}, "lacks claims"),
        ({"client_id": "client-1", "sub": "client-1"}, "client is not known"),
    ],
)
async def test_claims_that_are_not_good_are_refused_whoever_signed_them(
    client: httpx.AsyncClient, till: WithSecret, changes: dict[str, Any], reason: str
) -> None:
    signing = resources_of(client).doors.keys.signing
    assert signing is not None
    good = jwt.decode(await get_token(client, till), signing[1], algorithms=["ES256"])
    now_s = now_ms() // 1000
    changed = {name: now_s + value if isinstance(value, int) else value for name, value in changes.items()}

    signed = jwt.encode(good.header, good.claims | changed, signing[1], algorithms=["ES256"])

    assert reason in await refuse(client, signed)


async def test_what_the_hub_did_not_sign_is_refused(client: httpx.AsyncClient, till: WithSecret) -> None:
    good = await get_token(client, till)
    header, claims, _ = good.split(".")
    [public] = (await client.get("/oauth/jwks")).json()["keys"]
    stranger, as_secret = ECKey.generate_key("P-256"), OctKey.import_key(json.dumps(public).encode())
    said = jwt.decode(good, _public({"keys": [public]}), algorithms=["ES256"]).claims

    def sign(key: ECKey | OctKey, algorithm: str = "ES256", **named: str) -> str:
        return jwt.encode({"alg": algorithm, "typ": "at+jwt", "kid": public["kid"]} | named, said, key, [algorithm])

    assert "is not one of ours" in await refuse(client, sign(stranger, kid="unknown"))
    for forged in (
        sign(stranger),
        sign(as_secret, "HS256"),
        ".".join([_encode({"alg": "none", "typ": "at+jwt", "kid": public["kid"]}), claims, ""]),
        f"{header}.{claims}.",
        good[:-20],
        "garbage",
        "x" * 5000,
        "",
    ):
        await refuse(client, forged)
    assert (await post_as(client, good, QUERY)).status_code == 200


async def test_who_tries_tokens_is_asked_to_wait_and_holds_up_nobody(
    client: httpx.AsyncClient, till: WithSecret, caplog: pytest.LogCaptureFixture
) -> None:
    good, *used = [await get_token(client, till) for _ in range(2)]
    answers = [(await post_as(client, used[0], QUERY)).status_code]

    with caplog.at_level("WARNING"):
        answers += [(await post_as(client, f"guess-{number}", QUERY)).status_code for number in range(25)]
    waiting = await post_as(client, "guess", QUERY)
    others = [(await post_as(client, one, QUERY)).status_code for one in (good, *used)]

    assert answers == [200, *[401] * 20, *[429] * 5]
    assert int(waiting.headers["retry-after"]) <= 30
    assert waiting.json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert others == [200, 200]
    assert caplog.records == []


async def test_expired_tokens_are_no_attempts(client: httpx.AsyncClient, till: WithSecret) -> None:
    signing = resources_of(client).doors.keys.signing
    assert signing is not None
    good = jwt.decode(await get_token(client, till), signing[1], algorithms=["ES256"])
    expired = jwt.encode(good.header, good.claims | {"exp": now_ms() // 1000 - 1}, signing[1], algorithms=["ES256"])

    for _ in range(25):
        assert "has expired" in await refuse(client, expired)


async def test_only_access_tokens_are_taken(client: httpx.AsyncClient, till: WithSecret) -> None:
    signing = resources_of(client).doors.keys.signing
    assert signing is not None
    good = jwt.decode(await get_token(client, till), signing[1], algorithms=["ES256"])

    assert "no access token" in await refuse(
        client, jwt.encode(good.header | {"typ": "JWT"}, good.claims, signing[1], algorithms=["ES256"])
    )


async def test_a_disabled_client_is_out_although_its_token_has_not_expired(
    client: httpx.AsyncClient, till: WithSecret, graph: Graph
) -> None:
    token = await get_token(client, till)
    before = await post_as(client, token, QUERY)

    await disable_client(graph, till.client.id, now_ms=now_ms())
    await resources_of(client).renew_doors()
    after = await post_as(client, token, QUERY)

    assert (before.status_code, after.status_code) == (200, 401)


async def test_tokens_of_the_old_key_outlive_a_new_one(
    client: httpx.AsyncClient, till: WithSecret, graph: Graph, identity: Identity
) -> None:
    old = await get_token(client, till)

    key_id = await replace_key(graph, identity.vault, now_ms=now_ms())
    await resources_of(client).renew_doors()
    new = await get_token(client, till)

    assert len((await client.get("/oauth/jwks")).json()["keys"]) == 2
    assert [(await post_as(client, token, QUERY)).status_code for token in (old, new)] == [200, 200]
    assert (
        jwt.decode(new, _public((await client.get("/oauth/jwks")).json()), algorithms=["ES256"]).header["kid"] == key_id
    )


async def test_public_keys_hold_nothing_private(client: httpx.AsyncClient, till: WithSecret) -> None:
    for key in (await client.get("/oauth/jwks")).json()["keys"]:
        assert "d" not in key


def _public(keys: dict[str, object]) -> KeySet:
    return KeySet.import_key_set(keys)  # type: ignore[arg-type]


def _encode(part: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
