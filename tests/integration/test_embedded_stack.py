from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError
from redis.exceptions import ConnectionError as QueueGone

from graph.database import Graph, Transaction
from graph.statement import Statement
from hub.core.errors import Conflict, InvalidInput, InvalidSettings, Unavailable
from hub.core.settings import Settings, load_settings
from hub.embedded.ports import choose_port
from hub.embedded.stack import Stack
from tests.support.servers import chosen_engine

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(chosen_engine() != "embedded", reason="the embedded stack is what it is beside any Neo4j"),
]

BOTH = frozenset({"graph", "queue"})
QUEUE = frozenset({"queue"})
WRITE = Statement("tests.write_mark", "write", "CREATE (:Mark {key: $key})")
READ = Statement("tests.read_marks", "read", "MATCH (m:Mark) RETURN m.key AS key")
WRITERS = 4
ENOUGH = 150
ROUNDS = 2


@pytest.fixture
def durable(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def quick(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, embedded_durable=False, embedded_graph_memory_mb=256)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def find_server(name: str) -> psutil.Process:
    """The one started last: the run's shared servers are children of this process too."""
    found = [child for child in psutil.Process().children() if child.name() == name]
    return max(found, key=lambda child: child.create_time())


async def test_settings_of_the_stack_reach_both_servers(quick: Settings) -> None:
    async with Stack(quick, BOTH) as stack:
        async with Graph.open(stack.settings) as graph:
            assert await graph.read(READ) == []
        async with Redis.from_url(stack.settings.require_queue_uri()) as queue:
            assert await queue.ping()
        assert len(stack.settings.require_identity_key()) == 32


async def test_other_commands_find_the_servers_while_they_run(quick: Settings) -> None:
    environ = {"HUB_DATA_DIR": str(quick.data_dir)}

    async with Stack(quick, BOTH) as stack:
        found = load_settings(environ)
        mode = (quick.data_dir / "endpoints.json").stat().st_mode & 0o777

    assert (found.graph_uri, found.queue_uri) == (stack.settings.graph_uri, stack.settings.queue_uri)
    assert (found.graph_user, found.graph_password) == (stack.settings.graph_user, stack.settings.graph_password)
    assert mode == 0o600
    assert load_settings(environ).graph_uri is None


async def test_servers_listen_on_loopback_only_and_carry_no_secret_on_their_command_line(quick: Settings) -> None:
    async with Stack(quick, BOTH) as stack:
        servers = [find_server("java"), find_server("valkey-server")]
        listening = {
            connection.laddr.ip
            for server in servers
            for connection in server.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        commands = " ".join(word for server in servers for word in server.cmdline())
        secrets = json.loads((quick.data_dir / "credentials.json").read_text()).values()

        assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}
        assert listening
        assert not [secret for secret in secrets if secret in commands]
        assert str(stack.endpoints.queue_uri) not in repr(stack.endpoints)


async def test_queue_wants_its_password(quick: Settings) -> None:
    async with Stack(quick, QUEUE) as stack:
        address = stack.settings.require_queue_uri().rpartition("@")[2]

        async with Redis.from_url(f"redis://{address}") as stranger:
            with pytest.raises(AuthenticationError):
                await stranger.ping()


async def test_second_stack_on_the_directory_is_refused_and_the_first_goes_on(quick: Settings) -> None:
    async with Stack(quick, QUEUE) as stack:
        with pytest.raises(Conflict, match=rf"process {os.getpid()}\)"):
            async with Stack(quick, QUEUE):
                pass

        async with Redis.from_url(stack.settings.require_queue_uri()) as queue:
            assert await queue.ping()
        assert (quick.data_dir / "endpoints.json").exists()


@pytest.mark.parametrize("service", ["graph", "queue"])
async def test_taken_port_is_told_with_the_setting_that_chose_it(
    quick: Settings, taken_port: int, service: str
) -> None:
    settings = quick.model_copy(update={f"embedded_{service}_port": taken_port})

    with pytest.raises(Conflict, match=rf"Port {taken_port} .* HUB_EMBEDDED_{service.upper()}_PORT"):
        async with Stack(settings, frozenset({service})):
            pass


async def test_taken_port_of_the_api_is_told_before_anything_starts(quick: Settings, taken_port: int) -> None:
    settings = quick.model_copy(update={"http_port": taken_port})

    with pytest.raises(Conflict, match=f"Port {taken_port} on 127.0.0.1 is taken: stop .* with HUB_HTTP_PORT"):
        async with Stack(settings):
            pass

    assert not (quick.data_dir / "graph").exists()
    assert not (quick.data_dir / "logs" / "queue.log").exists()


async def test_file_where_a_folder_belongs_is_one_line(quick: Settings) -> None:
    (quick.data_dir / "queue").touch()

    with pytest.raises(InvalidSettings, match="queue cannot be used as a folder"):
        async with Stack(quick, QUEUE):
            pass


async def test_free_port_on_another_machines_address_is_refused_at_once() -> None:
    with pytest.raises(InvalidSettings, match=r"HUB_HTTP_HOST: 192\.0\.2\.1 is not an address of this machine"):
        choose_port(0, "HUB_HTTP_PORT", "192.0.2.1")


async def test_credentials_of_other_data_are_told(quick: Settings) -> None:
    async with Stack(quick, frozenset({"graph"})):
        pass
    kept = quick.data_dir / "credentials.json"
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {"graph_password": "that-of-another-graph"}))

    with pytest.raises(InvalidSettings, match=r"credentials\.json"):
        async with Stack(quick, frozenset({"graph"})):
            pass


async def test_error_of_the_block_comes_out_as_it_is(quick: Settings) -> None:
    with pytest.raises(LookupError, match="mine"):
        async with Stack(quick, QUEUE):
            raise LookupError("mine")

    assert not (quick.data_dir / "endpoints.json").exists()


async def test_death_of_a_server_ends_the_block_with_the_reason(quick: Settings) -> None:
    async def lose_queue() -> None:
        async with Stack(quick, QUEUE) as stack:
            find_server("valkey-server").kill()
            await stack.wait()

    with pytest.raises(Unavailable, match=r"The queue was ended by SIGKILL\. Last lines of"):
        await lose_queue()

    assert not (quick.data_dir / "endpoints.json").exists()


async def test_unknown_service_is_refused(quick: Settings) -> None:
    with pytest.raises(InvalidInput, match="grpah"):
        Stack(quick, frozenset({"grpah"}))


async def test_graph_keeps_what_it_acknowledged_before_each_kill(durable: Settings) -> None:
    acknowledged: set[str] = set()
    with refusals_unheard():
        for round_number in range(ROUNDS):
            with pytest.raises(Unavailable, match="The graph was ended by SIGKILL"):
                await write_until_graph_is_killed(durable, round_number, acknowledged)

    async with Stack(durable, frozenset({"graph"})) as stack, Graph.open(stack.settings) as graph:
        kept = {row["key"] for row in await graph.read(READ)}

    assert len(acknowledged) >= ROUNDS * ENOUGH
    assert acknowledged - kept == set()


async def test_queue_keeps_what_it_acknowledged_before_each_kill(durable: Settings) -> None:
    acknowledged: set[str] = set()
    for round_number in range(ROUNDS):
        with pytest.raises(Unavailable, match="The queue was ended by SIGKILL"):
            await write_until_queue_is_killed(durable, round_number, acknowledged)

    async with Stack(durable, QUEUE) as stack, Redis.from_url(stack.settings.require_queue_uri()) as queue:
        kept = {key.decode() for key in await queue.keys("*")}

    assert len(acknowledged) >= ROUNDS * ENOUGH
    assert acknowledged - kept == set()


@contextmanager
def refusals_unheard() -> Iterator[None]:
    """Let nobody hear of a connection that is refused in the very turn in which its writer is ended: asyncio would."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()

    def handle(of: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), ConnectionRefusedError):
            (before or asyncio.AbstractEventLoop.default_exception_handler)(of, context)

    loop.set_exception_handler(handle)
    try:
        yield
        gc.collect()  # futures that nobody asked tell when they go
    finally:
        loop.set_exception_handler(before)


async def write_until_graph_is_killed(settings: Settings, round_number: int, acknowledged: set[str]) -> None:
    async with (
        Stack(settings, frozenset({"graph"})) as stack,
        Graph.open(stack.settings) as graph,
        anyio.create_task_group() as writers,
    ):
        for writer in range(WRITERS):
            writers.start_soon(write_marks, graph, f"{round_number}-{writer}", acknowledged)
        await kill_when_enough("java", acknowledged, ENOUGH * (round_number + 1))


async def write_until_queue_is_killed(settings: Settings, round_number: int, acknowledged: set[str]) -> None:
    async with (
        Stack(settings, QUEUE) as stack,
        Redis.from_url(stack.settings.require_queue_uri()) as queue,
        anyio.create_task_group() as writers,
    ):
        for writer in range(WRITERS):
            writers.start_soon(write_keys, queue, f"{round_number}-{writer}", acknowledged)
        await kill_when_enough("valkey-server", acknowledged, ENOUGH * (round_number + 1))


async def write_marks(graph: Graph, writer: str, acknowledged: set[str]) -> None:
    async def write(tx: Transaction, key: str) -> None:
        await tx.run(WRITE, key=key)

    with suppress(Unavailable):  # the stack says why
        for number in count():
            await graph.write(write, f"{writer}-{number}")
            acknowledged.add(f"{writer}-{number}")


async def write_keys(queue: Redis, writer: str, acknowledged: set[str]) -> None:
    with suppress(QueueGone):
        for number in count():
            await queue.set(f"{writer}-{number}", "x" * 100)
            acknowledged.add(f"{writer}-{number}")


async def kill_when_enough(name: str, acknowledged: set[str], wanted: int) -> None:
    while len(acknowledged) < wanted:  # noqa: ASYNC110 # the writers are to be cut off, not to signal
        await anyio.sleep(0.01)
    find_server(name).kill()
    await anyio.sleep_forever()
