"""`hub serve` and `hub person` as their users meet them."""

from __future__ import annotations

import json
import signal
import socket

import pytest

from graph.database import Graph
from hub.core.settings import Settings
from tests.integration.api_client import ask, open_client
from tests.integration.api_people import HUA_PHONE, MING_PHONE, MING_POS, put_ming_and_hua
from tests.integration.api_process import call, environ_of, serving
from tests.support.commands import run_hub
from tests.support.stewardship import read_births

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_serve_answers_and_ends_when_told(
    settings: Settings, graph: Graph, sent: signal.Signals, code: int
) -> None:
    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (process, address):
        answer = call(f"{address}/graphql", {"query": "{ persons { nodes { id } } }"})
        assert answer.json()["data"] == {"persons": {"nodes": []}}

        process.send_signal(sent)

        assert process.wait() == code


async def test_a_slow_request_still_gets_its_answer_on_shutdown(settings: Settings, graph: Graph) -> None:
    body = b'{"query": "{ __typename }"}'
    head = f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"

    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (process, address):
        port = int(address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(f"{head}\r\n\r\n".encode() + body[:5])
            # Another request's answer shows that the server has read the first one's head by now.
            assert call(f"{address}/healthz").status_code == 200
            process.send_signal(signal.SIGTERM)
            caller.sendall(body[5:])
            answer = caller.recv(65_536)

        assert answer.startswith(b"HTTP/1.1 200")
        assert process.wait() == 0


async def test_whatever_serve_says_into_a_pipe_is_json(settings: Settings, graph: Graph) -> None:
    with serving(environ_of(settings, HUB_HTTP_PORT="0")) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        assert process.stderr is not None
        lines = process.stderr.read().splitlines()

    assert [json.loads(line)["level"] for line in lines] == ["info"] * len(lines)


async def test_a_taken_port_is_one_line(settings: Settings, graph: Graph) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        ended = run_hub(environ_of(settings, HUB_HTTP_PORT=str(port)), "serve")

    assert ended.returncode == 1
    assert ended.stderr == (
        f"Port {port} on 127.0.0.1 is taken: stop the program that uses it, or choose another with HUB_HTTP_PORT.\n"
    )


async def test_other_machines_are_let_in_only_with_tokens(settings: Settings, graph: Graph) -> None:
    environ = environ_of(settings, HUB_HTTP_PORT="0", HUB_HTTP_HOST="0.0.0.0")

    refused = run_hub(environ, "serve")
    with serving(environ | {"HUB_ACCESS": "tokens"}) as (_, address):
        port = address.rpartition(":")[2]
        alive = call(f"http://127.0.0.1:{port}/healthz", host="hub.example")
        answer = call(f"http://127.0.0.1:{port}/graphql", {"query": "{ __typename }"}, host="hub.example")

    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "HUB_ACCESS=tokens" in refused.stderr
    assert (alive.status_code, answer.status_code) == (200, 401)


async def test_serve_without_a_graph_is_one_line(settings: Settings) -> None:
    ended = run_hub(environ_of(settings, HUB_HTTP_PORT="0", HUB_GRAPH_URI="bolt://127.0.0.1:1"), "serve")

    assert (ended.returncode, ended.stderr) == (1, "The graph does not answer. Try again shortly.\n")


@pytest.mark.parametrize("whom", ["138 0000 0001", str(MING_POS), "id"])
async def test_person_prints_a_tree(settings: Settings, graph: Graph, whom: str) -> None:
    await put_ming_and_hua(graph, settings)
    if whom == "id":
        whom = (await read_births(graph))[str(MING_POS)]

    shown = run_hub(environ_of(settings), "person", whom)

    assert shown.returncode == 0, shown.stderr
    for words in ("3 systems, 3 orders, ¥50,000,123.45 spent", "name: 小明", "phone: 138****0001", "pos: C0001"):
        assert words in shown.stdout


async def test_person_as_json_has_the_fields_of_the_api(settings: Settings, graph: Graph) -> None:
    await put_ming_and_hua(graph, settings)

    shown = run_hub(environ_of(settings), "person", HUA_PHONE, "--json")

    assert shown.returncode == 0, shown.stderr
    printed = json.loads(shown.stdout)
    async with open_client(settings) as client:
        query = (
            f'{{ person(by: {{phone: "{HUA_PHONE}"}}) {{ id profile {{ name value system externalId observedAt }} }} }}'
        )
        answered = (await ask(client, query))["person"]
    assert {name: printed[name] for name in answered} == answered
    assert (printed["orderCount"], printed["totalSpent"], printed["orders"]["nodes"]) == (0, 0, [])


@pytest.mark.parametrize(
    ("phone", "words"),
    [("13700000000", "Nobody is known by this phone number, record or id."), ("12", "This is not a phone number.")],
)
async def test_person_says_in_one_line_why_there_is_none(
    settings: Settings, graph: Graph, phone: str, words: str
) -> None:
    shown = run_hub(environ_of(settings), "person", phone)

    assert (shown.returncode, shown.stdout) == (1, "")
    assert shown.stderr.startswith(words)
    assert shown.stderr.count("\n") == 1


async def test_schema_prints_what_is_committed(settings: Settings) -> None:
    shown = run_hub(environ_of(settings), "schema")

    assert shown.stdout.startswith("directive @oneOf on INPUT_OBJECT")
    assert MING_PHONE not in shown.stdout
