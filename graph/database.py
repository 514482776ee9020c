"""The door to the graph: one driver, reads and writes by named statement, one retry policy.

Reads are auto-commit (fewer round trips) and repeated once when the server says that the failure will pass. Writes are
transaction functions: the driver repeats them on transient errors, and they are repeated here when another one created
one of their new keys at the same moment. So a function given to `write` may run several times and must have no
effect outside its transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import perf_counter
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import structlog
from neo4j import (
    READ_ACCESS,
    AsyncDriver,
    AsyncGraphDatabase,
    AsyncManagedTransaction,
    Bookmarks,
    Query,
    Record,
    unit_of_work,
)
from neo4j.exceptions import AuthError, ConstraintError, DriverError, Neo4jError, TransientError
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from graph.bookmarks import WAIT_S, Seen, refuse, too_late
from graph.counting import count_statements, note_statement
from graph.deadlines import left_of
from graph.engine import Engine, recognise
from graph.failures import may_pass, translated, vanished
from graph.spans import statement_span
from graph.statement import Statement
from hub.core.errors import InvalidSettings, InvariantBroken, NotFound
from hub.core.settings import Settings

__all__ = ["Graph", "Observer", "Transaction", "count_statements"]

_PING: Final = Statement("graph.ping", "read", "RETURN 1 AS one")
_CATCH_UP: Final = Statement("graph.catch_up", "read", "RETURN 1 AS one")

Observer = Callable[[str, float], None]
"""Told of each statement that ended, well or badly: its name and its duration in seconds."""

_MARGIN_S: Final = 2
# A transaction may lose a race for each new key that it brings; whoever wins leaves one race less. Where many write one
# account on ArcadeDB, each number of its entries is such a key: they have to come apart.
_MAX_LOST_RACES: Final = 15
_APART: Final = wait_random_exponential(multiplier=0.05, max=2)  # at most 20 s in all

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Transaction:
    """A write transaction, handed to the functions that `Graph.write` runs; `engine` is what it runs on."""

    def __init__(self, raw: AsyncManagedTransaction, engine: Engine, observe: Observer | None) -> None:
        self.engine = engine
        self._raw = raw
        self._observe = observe

    async def run(self, statement: Statement, **parameters: Any) -> list[Record]:
        """All rows of a statement, in the server's order."""
        started = perf_counter()
        note_statement(statement.name)
        try:
            with statement_span(statement, self.engine):
                result = await self._raw.run(statement.text, parameters)
                return [row async for row in result]
        except Neo4jError as error:
            if may_pass(error) and not error.is_retryable():
                raise vanished() from error
            raise
        finally:
            if self._observe is not None:
                self._observe(statement.name, perf_counter() - started)


class Graph:
    """A graph that answers, behind a bounded pool of connections. Made by `Graph.open`."""

    def __init__(self, driver: AsyncDriver, settings: Settings, engine: Engine, observe: Observer | None) -> None:
        self.engine = engine
        self._driver = driver
        self._settings = settings
        self._observe = observe
        self._bookmarks = AsyncGraphDatabase.bookmark_manager()
        self._seen = Seen()

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings, *, observe: Observer | None = None) -> AsyncIterator[Graph]:
        """Connect and find out which engine answers.

        Raises:
            InvalidSettings: no address, or wrong credentials.
            NotFound: no such database, perhaps not yet: a server that starts opens its databases last.
            Unavailable: nothing answers there.
        """
        password = settings.graph_password.get_secret_value()
        driver = AsyncGraphDatabase.driver(
            settings.require_graph_uri(),
            auth=(settings.graph_user, password) if password else None,
            max_connection_pool_size=settings.graph_pool_size,
            connection_acquisition_timeout=settings.graph_acquire_timeout_s,
            connection_timeout=settings.graph_acquire_timeout_s,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
        )
        async with driver:
            with translated("graph.open"), _settings_explained(settings):
                info = await driver.get_server_info()
                graph = cls(driver, settings, recognise(info.agent), observe)
                await _patiently(graph._read_once, _PING, {})
            yield graph

    async def read(self, statement: Statement, **parameters: Any) -> list[Record]:
        """All rows of a read; sees everything that this process has written.

        Raises:
            Unavailable: no free connection in time, no answer, or the deadline passed.
        """
        if statement.access != "read":
            raise ValueError(f"{statement.name} writes: it belongs into a transaction")
        with translated(statement.name):
            # The server is told the deadline; a server that hangs is left by ours.
            async with asyncio.timeout(left_of(self._settings.graph_read_timeout_s) + _MARGIN_S):
                try:
                    return await self._read_once(statement, parameters)
                except (DriverError, Neo4jError) as error:
                    if not may_pass(error):
                        raise
                    return await self._read_once(statement, parameters)

    async def _read_once(
        self, statement: Statement, parameters: dict[str, Any], behind: Collection[str] = ()
    ) -> list[Record]:
        """`behind`: bookmarks to wait for besides this process's own; once it has answered, these stand for them."""
        started = perf_counter()
        note_statement(statement.name)
        timeout_s = left_of(self._settings.graph_read_timeout_s)
        query = Query(statement.text, metadata=_metadata(statement.name), timeout=timeout_s)
        try:
            with statement_span(statement, self.engine):
                async with self._driver.session(
                    database=self._settings.graph_database,
                    default_access_mode=READ_ACCESS,
                    bookmark_manager=self._bookmarks,
                    bookmarks=Bookmarks.from_raw_values(behind) if behind else None,
                ) as session:
                    result = await session.run(query, parameters)
                    return [row async for row in result]
        finally:
            if self._observe is not None:
                self._observe(statement.name, perf_counter() - started)

    async def ping(self) -> None:
        """Ask for a sign of life; raises as `read`."""
        await self.read(_PING)

    async def find_bookmarks(self) -> frozenset[str]:
        """What stands for everything that this process has written or read, for `catch_up` in any process."""
        bookmarks = frozenset(await self._bookmarks.get_bookmarks())
        self._seen.add(bookmarks)
        return bookmarks

    async def catch_up(self, bookmarks: Collection[str]) -> None:
        """Have all that is read from now on know of what bookmarks stand for; no statement where that is so already.

        Raises:
            WriteTokenInvalid: they are of another graph.
            Unavailable: the graph does not answer, or has not come as far within `WAIT_S`.
        """
        if self._seen.covers(bookmarks):
            return
        with translated(_CATCH_UP.name):
            try:
                async with asyncio.timeout(left_of(WAIT_S)):
                    await self._read_once(_CATCH_UP, {}, bookmarks)
            except (TimeoutError, TransientError) as error:
                raise too_late() from error
            except Neo4jError as error:
                if refusal := refuse(error):
                    raise refusal from error
                raise
        self._seen.add(bookmarks)

    async def write(
        self, function: Callable[Concatenate[Transaction, _P], Awaitable[_T]], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run a function in a transaction and commit; see the module's words on repeats.

        Raises:
            Unavailable: as for `read`; where the commit's outcome is unknown the message says so.
            InvariantBroken: a uniqueness constraint refused every attempt.
        """
        name = function.__qualname__
        attempts = AsyncRetrying(
            stop=stop_after_attempt(_MAX_LOST_RACES + 1),
            wait=_APART,
            retry=retry_if_exception_type(ConstraintError),
            reraise=True,
        )
        patience_s = left_of(self._settings.graph_write_timeout_s + self.engine.max_retry_s) + _MARGIN_S
        with translated(name):
            try:
                async with asyncio.timeout(patience_s):
                    return await attempts(self._write_once, name, function, *args, **kwargs)
            except ConstraintError as error:
                raise InvariantBroken("The graph refused a change again and again.", work=name) from error

    async def _write_once(
        self,
        name: str,
        function: Callable[Concatenate[Transaction, _P], Awaitable[_T]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        @unit_of_work(metadata=_metadata(name), timeout=left_of(self._settings.graph_write_timeout_s))
        async def work(raw: AsyncManagedTransaction) -> _T:
            return await function(Transaction(raw, self.engine, self._observe), *args, **kwargs)

        async with self._driver.session(
            database=self._settings.graph_database,
            bookmark_manager=self._bookmarks,
            max_transaction_retry_time=self.engine.max_retry_s,
            initial_retry_delay=self.engine.initial_retry_delay_s,
        ) as session:
            return await session.execute_write(work)

    async def run_schema(self, statement: Statement) -> None:
        """Run a schema change, which has to be alone in its transaction and must be repeatable (IF NOT EXISTS)."""
        with translated(statement.name):
            note_statement(statement.name)
            async with self._driver.session(
                database=self._settings.graph_database, bookmark_manager=self._bookmarks
            ) as session:
                result = await session.run(Query(statement.text, metadata=_metadata(statement.name)))
                await result.consume()


async def _patiently(read: Callable[_P, Awaitable[_T]], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """A first read: a server that has just had to let go of others' statements may refuse what comes right after."""
    attempts = AsyncRetrying(
        stop=stop_after_attempt(5),
        wait=wait_random_exponential(multiplier=0.05, max=1),
        retry=retry_if_exception(lambda error: isinstance(error, DriverError | Neo4jError) and may_pass(error)),
        reraise=True,
    )
    return await attempts(read, *args, **kwargs)


@contextmanager
def _settings_explained(settings: Settings) -> Iterator[None]:
    """What a server refuses on the first contact, as a word on the setting that is wrong."""
    try:
        yield
    except AuthError:
        raise InvalidSettings(
            "The graph refused the credentials: check HUB_GRAPH_USER and HUB_GRAPH_PASSWORD."
        ) from None
    except Neo4jError as error:
        if not (error.code or "").endswith("DatabaseNotFound"):
            raise
        raise NotFound(f"The graph has no database {settings.graph_database!r}: check HUB_GRAPH_DATABASE.") from None


def _metadata(name: str) -> dict[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return {"statement": name, "request_id": str(request_id)} if request_id else {"statement": name}
