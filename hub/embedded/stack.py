"""The embedded stack: graph, queue, API and worker, started together and stopped together."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Set
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import anyio
from anyio.abc import TaskGroup

from graph.database import Graph
from graph.migrations import migrate
from hub.core.error_groups import one_error
from hub.core.errors import InvalidInput, Unavailable
from hub.core.settings import Settings
from hub.embedded.credentials import ensure_credentials
from hub.embedded.directory import DataDirectory
from hub.embedded.endpoints import Endpoints, withdraw_endpoints
from hub.embedded.ports import choose_port
from hub.embedded.services import Started, start_api, start_graph, start_queue, start_worker
from hub.embedded.signals import cancel_on_signal
from hub.embedded.supervisor import Notify, supervise

SERVICES: Final = ("graph", "queue", "api", "worker")
# What the stack's files say must not be hidden from its processes by variables that mean another server.
_FROM_FILES: Final = {
    "graph": ("graph_uri", "graph_user", "graph_password", "graph_database"),
    "queue": ("queue_uri",),
}
_Given = TypeVar("_Given")


def _say_nothing(_service: str, _words: str) -> None:
    return None


class Stack:
    """The servers of one data directory, as an async context manager.

    Inside, `settings` reach what runs and `endpoints` say where. The graph and the queue are not started again when
    they die: what they were doing is then unknown and their clients' addresses are gone, so the block is cancelled
    and Unavailable raised with the reason; the next start recovers their data. The API and the worker hold nothing
    and are started again.

    Args:
        services: which of `SERVICES` to run; the others are reached by the settings as given.
        notify: told when a service is ready, and when one is started again.
        stop_on_signals: on SIGINT, SIGTERM or SIGHUP the block is cancelled and left without an error, all servers
            stopped. Works on the main thread only.

    Raises on entering:
        Conflict: another stack uses the directory, or another program a port.
        InvalidSettings: settings, credentials and data do not fit together.
        Unavailable: a server did not start; the message holds the end of its log.
    """

    def __init__(
        self,
        settings: Settings,
        services: Set[str] = frozenset(SERVICES),
        *,
        notify: Notify = _say_nothing,
        stop_on_signals: bool = True,
    ) -> None:
        if unknown := services - set(SERVICES):
            raise InvalidInput(f"{', '.join(sorted(unknown))}: the services are {', '.join(SERVICES)}.")
        self.settings = settings
        self._services = services
        self._notify = notify
        self._stop_on_signals = stop_on_signals and threading.current_thread() is threading.main_thread()
        self._life: AbstractAsyncContextManager[None] | None = None

    async def __aenter__(self) -> Self:
        self._life = self._live()
        await self._life.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._life.__aexit__(kind, error, trace) if self._life else None

    @property
    def endpoints(self) -> Endpoints:
        """Where the services of this stack answer."""
        return Endpoints.of(self.settings, self._services)

    async def wait(self) -> None:
        """Wait inside the block until it is cancelled, by a signal or by a server's end."""
        await anyio.sleep_forever()

    @asynccontextmanager
    async def _live(self) -> AsyncIterator[None]:
        started = False
        async with DataDirectory(self.settings.data_dir) as directory:
            withdraw_endpoints(directory.path)
            try:
                with one_error():
                    async with anyio.create_task_group() as watch:
                        if self._stop_on_signals:
                            await watch.start(cancel_on_signal, watch.cancel_scope)
                        await self._start(directory, watch)
                        started = True
                        yield
                        watch.cancel_scope.cancel()
            finally:
                withdraw_endpoints(directory.path)
        if not started:
            raise Unavailable("Stopped by a signal before everything was ready.")

    async def _start(self, directory: DataDirectory, watch: TaskGroup) -> None:
        if "api" in self._services:  # told before the graph starts, which takes a while
            choose_port(self.settings.http_port, "HUB_HTTP_PORT", self.settings.http_host)
        credentials = ensure_credentials(
            directory.path, self.settings.identity_key, has_data=(directory.path / "graph" / "databases").exists()
        )
        self._adopt({"data_dir": directory.path, "identity_key": credentials.identity_key})
        async with anyio.create_task_group() as both:
            if "graph" in self._services:
                both.start_soon(self._run, "graph", watch, start_graph, directory, credentials.graph_password)
            if "queue" in self._services:
                both.start_soon(self._run, "queue", watch, start_queue, directory, credentials.queue_password)
        self.endpoints.publish(directory.path)
        if {"api", "worker"} & self._services:
            async with Graph.open(self.settings) as graph:
                await migrate(graph)
        hidden = frozenset(name for service in self._services for name in _FROM_FILES.get(service, ()))
        async with anyio.create_task_group() as both:
            if "api" in self._services:
                both.start_soon(self._run, "api", watch, start_api, directory, hidden)
            if "worker" in self._services:
                both.start_soon(self._run, "worker", watch, start_worker, directory, hidden)

    async def _run(
        self,
        name: str,
        watch: TaskGroup,
        start: Callable[[DataDirectory, Settings, _Given], Awaitable[Started]],
        directory: DataDirectory,
        given: _Given,
    ) -> None:
        started = await start(directory, self.settings, given)
        self._adopt(started.settings)
        if started.restart is None:
            watch.start_soon(started.process.raise_at_end)
        else:
            watch.start_soon(supervise, started.process, started.restart, self._notify)
        self._notify(name, started.address)

    def _adopt(self, values: dict[str, Any]) -> None:
        self.settings = self.settings.model_copy(update=values)
