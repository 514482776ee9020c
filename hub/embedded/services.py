"""How each service of the stack is started, and when it counts as ready."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from arq.constants import health_check_key_suffix
from pydantic import SecretStr

from hub.core.errors import InvalidSettings
from hub.core.setting_files import CREDENTIALS_FILE
from hub.core.settings import Settings
from hub.embedded import arcadedb, valkey
from hub.embedded.directory import DataDirectory
from hub.embedded.environment import bare_environ, hub_environ
from hub.embedded.ports import LOOPBACK, choose_port
from hub.embedded.probes import forget_worker, wait_for_graph, wait_for_http, wait_for_queue, wait_for_worker
from hub.embedded.process import Process
from hub.embedded.supervisor import become_ready
from hub.embedded.wiping import wipe_erased

# Opening a graph after a crash replays its log; that of a million records takes a while on a slow disk.
_PATIENCE_S: Final = 180.0
_EVERY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104 # only compared with


@dataclass(frozen=True, slots=True)
class Started:
    """A service that is ready.

    Attributes:
        address: for people; holds no secret.
        settings: how the hub's other parts reach it, by names of `Settings`.
        restart: starts it again; None for a service whose death ends the stack.
    """

    process: Process
    address: str
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
    restart: Callable[[], Awaitable[Process]] | None = None


async def start_graph(directory: DataDirectory, settings: Settings, password: str) -> Started:
    """Start the embedded graph server and wait until it runs a statement."""
    port = choose_port(settings.embedded_graph_port, "HUB_EMBEDDED_GRAPH_PORT")
    http_port = choose_port(0, "the graph's second listener")
    command = arcadedb.build_command(
        port,
        http_port,
        memory_mb=settings.embedded_graph_memory_mb,
        durable=settings.embedded_durable,
    )
    reached = {
        "graph_uri": f"bolt://{LOOPBACK}:{port}",
        "graph_user": arcadedb.USER,
        "graph_password": SecretStr(password),
        "graph_database": arcadedb.DATABASE,
    }
    folder = directory.folder("graph")
    with arcadedb.offer_password(folder, password):
        process = await directory.start("graph", command, folder=folder, environ=bare_environ())
        target = settings.model_copy(update=reached)
        try:
            await become_ready(process, lambda: wait_for_graph(target, patience_s=_PATIENCE_S))
        except InvalidSettings as error:
            raise InvalidSettings(
                f"The embedded graph refuses the password in {directory.path / CREDENTIALS_FILE}: "
                "restore the file that was made with this directory."
            ) from error
    await become_ready(process, lambda: wipe_erased(target, http_port, password))
    return Started(process, f"{target.graph_uri} (database {arcadedb.DATABASE})", reached)


async def start_queue(directory: DataDirectory, settings: Settings, password: str) -> Started:
    """Start the embedded queue server and wait until its data is loaded."""
    port = choose_port(settings.embedded_queue_port, "HUB_EMBEDDED_QUEUE_PORT")
    configuration = valkey.build_configuration(
        port, password, memory_mb=settings.embedded_queue_memory_mb, durable=settings.embedded_durable
    )
    process = await directory.start(
        "queue",
        valkey.build_command(),
        folder=directory.folder("queue"),
        environ=bare_environ(),
        stdin=configuration.encode(),
    )
    uri = f"redis://:{password}@{LOOPBACK}:{port}/0"
    await become_ready(process, lambda: wait_for_queue(uri, patience_s=_PATIENCE_S))
    return Started(process, f"redis://{LOOPBACK}:{port}/0", {"queue_uri": SecretStr(uri)})


async def start_api(directory: DataDirectory, settings: Settings, left_out: frozenset[str]) -> Started:
    """Start `hub serve` and wait until it is healthy."""
    host = settings.http_host
    port = choose_port(settings.http_port, "HUB_HTTP_PORT", host)
    target = settings.model_copy(update={"http_port": port})

    async def start() -> Process:
        return await _start_hub(directory, "api", "serve", target, left_out)

    reached = LOOPBACK if host in _EVERY_ADDRESS else host
    process = await start()
    await become_ready(process, lambda: wait_for_http(reached, port, "/healthz", patience_s=_PATIENCE_S))
    return Started(process, f"http://{reached}:{port}/graphql", {"http_port": port}, start)


async def start_worker(directory: DataDirectory, settings: Settings, left_out: frozenset[str]) -> Started:
    """Start `hub work` and wait for its sign of life in the queue."""
    uri = settings.require_queue_uri()
    health_key = f"{settings.queue_name}{health_check_key_suffix}"

    async def start() -> Process:
        return await _start_hub(directory, "worker", "work", settings, left_out)

    await forget_worker(uri, health_key)
    process = await start()
    await become_ready(process, lambda: wait_for_worker(uri, health_key, patience_s=_PATIENCE_S))
    return Started(process, f"takes jobs from queue {settings.queue_name}", restart=start)


async def _start_hub(
    directory: DataDirectory, name: str, command: str, settings: Settings, left_out: frozenset[str]
) -> Process:
    return await directory.start(
        name,
        [sys.executable, "-m", "hub.cli", command],
        folder=Path.cwd(),
        environ=hub_environ(settings, left_out),
    )
