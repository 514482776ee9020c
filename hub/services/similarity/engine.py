"""DuckDB within bounds, and Splink on it without its talk."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker
from splink.internals.exceptions import SplinkException

from hub.core.errors import InvalidInput, Unavailable
from hub.services.similarity.model import Limits


@dataclass(frozen=True, slots=True)
class Database:
    """A database in memory whose table `rows` holds the records by their number `id`, in the order of `record`."""

    connection: duckdb.DuckDBPyConnection
    rows: int

    def run(self, sql: str, *values: object) -> None:
        """Execute one statement."""
        self.connection.execute(sql, values)

    def fetch(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def count(self, sql: str, *values: object) -> int:
        """A query's only number, 0 for null."""
        return int(self.fetch(sql, *values)[0][0] or 0)

    def link(self, settings: dict[str, Any], table: str = "rows") -> tuple[DuckDBAPI, Linker]:
        """A Splink linker over a table of this database, and its access to it, which it shares with no other."""
        logging.getLogger("splink").setLevel(logging.ERROR)
        api = DuckDBAPI(self.connection)
        return api, Linker(api.register(table), settings, log_level=None, validate_settings=False)


@contextmanager
def open_database(table: pa.Table, limits: Limits) -> Iterator[Database]:
    """A database over a table with the columns `record` and `person`.

    It uses one thread, because sums of floats would otherwise depend on which thread came first; no files but those of
    its temporary directory, and no network.

    Raises:
        InvalidInput: a record is there twice.
        Unavailable: the work does not fit into the limits.
    """
    connection = duckdb.connect(":memory:", config=_config(limits))
    try:
        connection.execute("SET enable_external_access = false")
        connection.register("given", table)
        connection.execute(
            "CREATE TABLE rows AS SELECT CAST(row_number() OVER (ORDER BY record) AS INTEGER) AS id, * FROM given "
            "ORDER BY record"
        )
        connection.unregister("given")
        database = Database(connection, table.num_rows)
        if database.count("SELECT count(DISTINCT record) FROM rows") != table.num_rows:
            raise InvalidInput("A record is among the rows twice.")
        yield database
    except (duckdb.OutOfMemoryException, SplinkException) as error:
        if not isinstance(error.__cause__ or error, duckdb.OutOfMemoryException):
            raise
        raise Unavailable(
            f"Comparing these records takes more than {limits.memory_mib} MiB of memory and its temporary space."
        ) from error
    finally:
        connection.close()


def _config(limits: Limits) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "threads": 1,
        "memory_limit": f"{limits.memory_mib}MiB",
        "temp_directory": str(limits.temp_dir or ""),
        "max_temp_directory_size": f"{limits.temp_mib}MiB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
