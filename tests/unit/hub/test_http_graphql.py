"""GraphQL over HTTP, as far as it goes without a graph: negotiation, shapes, status codes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hub.core.settings import Settings
from hub.http.negotiation import choose_media_type
from tests.support.served import make_app

pytestmark = pytest.mark.anyio

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


def open_client(settings: Settings) -> httpx.AsyncClient:
    """A client of an application that needs no graph for operations that ask it nothing."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(make_app(settings)), base_url="http://127.0.0.1:8000")


@pytest.fixture
def client() -> httpx.AsyncClient:
    return open_client(Settings())


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"text/plain, {GRAPHQL}", GRAPHQL),
        (f"{JSON}; q=0.5, {GRAPHQL}", GRAPHQL),
        (f"{JSON}; q=0, */*; q=0.1", GRAPHQL),
        (f"{JSON}; q=much", JSON),
        (f"{GRAPHQL}; q=0", None),
        ("text/html", None),
    ],
)
def test_the_answers_form_is_what_the_caller_accepts(accept: str, expected: str | None) -> None:
    assert choose_media_type(accept) == expected


async def test_an_operation_is_answered_by_post_and_by_get(client: httpx.AsyncClient) -> None:
    posted = await client.post("/graphql", json={"query": "{ __typename }"})
    got = await client.get("/graphql", params={"query": "{ __typename }"})

    assert posted.json()["data"] == got.json()["data"] == {"__typename": "Query"}
    assert posted.headers["content-type"] == JSON


async def test_variables_and_operation_names_come_through_the_address_too(client: httpx.AsyncClient) -> None:
    query = "query A($no: Boolean!) { __typename @skip(if: $no) } query B { b: __typename }"

    a = await client.get("/graphql", params={"query": query, "operationName": "A", "variables": '{"no": true}'})
    b = await client.get("/graphql", params={"query": query, "operationName": "B"})

    assert (a.json()["data"], b.json()["data"]) == ({}, {"b": "Query"})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"{}",
        b'{"query": 1}',
        b'{"query": " "}',
        b'{"query": "{ __typename }", "variables": "text"}',
        b'{"query": "{ __typename }", "variables": [1]}',
        b'{"query": "{ __typename }", "operationName": 1}',
        b'{"query": "{ __typename }", "extensions": 1}',
        b'{"query": "query A { __typename }", "operationName": "B"}',
        b'[{"query": "{ __typename }"}]',
        b'{"query": "fragment F on Query { __typename }"}',
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_a_request_of_the_wrong_shape_is_a_400_that_says_why(
    client: httpx.AsyncClient, body: bytes, accept: str
) -> None:
    response = await client.post("/graphql", content=body, headers={"Content-Type": JSON, "Accept": accept})

    assert response.status_code == 400
    assert response.headers["content-type"] == accept
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert "data" not in response.json()


async def test_null_members_count_as_absent(client: httpx.AsyncClient) -> None:
    body = {"query": "{ __typename }", "variables": None, "operationName": None, "extensions": None}

    assert (await client.post("/graphql", json=body)).status_code == 200


@pytest.mark.parametrize(
    "request_body",
    [
        {"query": "{"},
        {"query": "{ nonsense }"},
        {"query": "query ($by: PersonBy!) { person(by: $by) { id } }"},
        {"query": "query ($by: PersonBy!) { person(by: $by) { id } }", "variables": {"by": {}}},
        {
            "query": "query ($by: PersonBy!) { person(by: $by) { id } }",
            "variables": {"by": {"phone": "13800000001", "id": "1"}},
        },
    ],
)
@pytest.mark.parametrize(("accept", "status"), [(JSON, 200), (GRAPHQL, 400)])
async def test_an_operation_that_cannot_run_has_the_status_of_its_media_type_and_no_data(
    client: httpx.AsyncClient, request_body: dict[str, Any], accept: str, status: int
) -> None:
    response = await client.post("/graphql", json=request_body, headers={"Accept": accept})

    assert response.status_code == status
    assert "data" not in response.json()
    assert response.json()["errors"][0]["extensions"]["code"] == "INVALID_QUERY"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_forms_and_texts_are_refused_because_strangers_pages_can_send_them(
    client: httpx.AsyncClient, content_type: str
) -> None:
    response = await client.post(
        "/graphql", content=b'{"query": "{ __typename }"}', headers={"Content-Type": content_type}
    )

    assert response.status_code == 415


async def test_json_in_another_charset_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json; charset=utf-16"}

    assert (await client.post("/graphql", content=b"{}", headers=headers)).status_code == 415


async def test_an_answer_in_another_form_cannot_be_had(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"Accept": "text/csv"})

    assert response.status_code == 406


async def test_a_mutation_is_no_get(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "mutation { x }"})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-origin", 200), ("same-site", 200), ("none", 200)]
)
async def test_a_page_of_another_site_cannot_make_a_browser_query_by_get(
    client: httpx.AsyncClient, site: str, status: int
) -> None:
    response = await client.get("/graphql", params={"query": "{ __typename }"}, headers={"Sec-Fetch-Site": site})

    assert response.status_code == status
    if status == 403:
        assert response.json()["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
        assert "use POST" in response.json()["errors"][0]["message"]


async def test_another_site_may_link_to_graphiql(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphql", headers={"Accept": "text/html", "Sec-Fetch-Site": "cross-site"})

    assert page.status_code == 200


async def test_browsers_keep_the_assets_and_ask_whether_they_changed(client: httpx.AsyncClient) -> None:
    for path in ("/assets/vendor/graphiql.min.js", "/assets/static/graphiql.js"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})

        assert (first.status_code, first.headers["cache-control"]) == (200, "no-cache")
        assert (again.status_code, again.headers["cache-control"], again.content) == (304, "no-cache", b"")


async def test_a_browser_gets_graphiql_and_everything_it_needs_from_here(client: httpx.AsyncClient) -> None:
    page = await client.get("/graphql", headers={"Accept": "text/html,application/xhtml+xml"})

    assert page.headers["content-type"].startswith("text/html")
    assert "https://" not in page.text
    assert "http://" not in page.text
    sources = [part.split('"')[0] for part in page.text.split('="/')[1:]]
    assert len(sources) == 6
    for source in sources:
        assert (await client.get(f"/{source}")).status_code == 200, source


async def test_the_root_leads_browsers_to_graphiql_and_tells_programs_where_things_are(
    client: httpx.AsyncClient,
) -> None:
    browser = await client.get("/", headers={"Accept": "text/html"})
    program = await client.get("/")

    assert (browser.status_code, browser.headers["location"]) == (307, "/graphql")
    assert program.json()["graphql"] == "/graphql"


@pytest.mark.parametrize("path", ["/assets/vendor/../app.py", "/assets/static/%2e%2e/app.py", "/assets/vendor/none.js"])
async def test_only_assets_are_served_as_assets(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_a_trailing_slash_is_led_to_the_endpoint(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql/", json={"query": "{ __typename }"}, follow_redirects=True)

    assert response.json()["data"] == {"__typename": "Query"}


async def test_a_list_of_operations_is_answered_in_its_order_where_that_is_allowed() -> None:
    client = open_client(Settings(graphql_max_batch=3))
    asked = [{"query": "{ a: __typename }"}, {"query": "{ nonsense }"}, {"documentId": "none"}]

    response = await client.post("/graphql", json=asked)

    first, second, third = response.json()
    assert first["data"] == {"a": "Query"}
    assert [part["errors"][0]["extensions"]["code"] for part in (second, third)] == [
        "INVALID_QUERY",
        "DOCUMENT_NOT_FOUND",
    ]


@pytest.mark.parametrize("number", [0, 4])
async def test_a_list_of_another_length_is_refused(number: int) -> None:
    client = open_client(Settings(graphql_max_batch=3))

    response = await client.post("/graphql", json=[{"query": "{ __typename }"}] * number)

    assert response.status_code == 400
    assert f"1 to 3 operations; this one holds {number}" in response.json()["errors"][0]["message"]


async def test_queries_by_get_can_be_turned_off() -> None:
    response = await open_client(Settings(graphql_get=False)).get("/graphql", params={"query": "{ __typename }"})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("changes", "open_to_all"),
    [
        ({}, True),
        ({"http_host": "0.0.0.0"}, False),
        ({"graphql_explore": "off"}, False),
        ({"http_host": "0.0.0.0", "graphql_explore": "on"}, True),
    ],
)
async def test_graphiql_and_introspection_are_there_only_where_exploring_is_allowed(
    changes: dict[str, str], open_to_all: bool
) -> None:
    client = open_client(Settings.model_validate(changes))

    page = await client.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})
    root = await client.get("/", headers={"Accept": "text/html"})
    asset = await client.get("/assets/static/graphiql.js")
    schema = await client.post("/graphql", json={"query": "{ __schema { queryType { name } } }"})
    near = await client.post("/graphql", json={"query": "{ persona { id } }"})

    assert page.headers["content-type"].startswith("text/html") is open_to_all
    assert (root.status_code, asset.status_code) == ((307, 200) if open_to_all else (200, 404))
    assert ("data" in schema.json()) is open_to_all
    assert ("Did you mean" in near.text) is open_to_all


async def test_a_document_that_is_wrong_in_many_places_is_told_some(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ " + " ".join(f"f{n}" for n in range(50)) + " }"})

    assert len(response.json()["errors"]) == 5


@pytest.mark.parametrize(
    ("changes", "query", "told"),
    [
        ({"graphql_max_tokens": 10}, "{ " + "__typename " * 10 + "}", "10 tokens"),
        ({"graphql_max_depth": 1}, "{ persons { nodes { id } } }", "3 levels deep: at most 1"),
        ({"graphql_max_aliases": 0}, "{ a: __typename }", "1 aliases and repeated fields: at most 0"),
        ({"graphql_max_directives": 0}, "{ __typename @skip(if: false) }", "more than 0 directives"),
        ({"graphql_max_cost": 20}, "{ persons(first: 30) { nodes { id } } }", "up to 31 objects: at most 20"),
    ],
)
async def test_each_limit_is_the_settings_and_is_told(changes: dict[str, int], query: str, told: str) -> None:
    response = await open_client(Settings.model_validate(changes)).post("/graphql", json={"query": query})

    assert "data" not in response.json()
    assert told in response.json()["errors"][0]["message"]
