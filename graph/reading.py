"""Reads that are asked inside of a write as well as outside: a preview sees what the write would see."""

from __future__ import annotations

from typing import Any, TypeAlias

from neo4j import Record

from graph.database import Graph, Transaction
from graph.statement import Statement

Reader: TypeAlias = Graph | Transaction


async def read_rows(reader: Reader, statement: Statement, **parameters: Any) -> list[Record]:
    """All rows of a read, in the transaction where there is one."""
    if isinstance(reader, Graph):
        return await reader.read(statement, **parameters)
    return await reader.run(statement, **parameters)


async def read_list(reader: Reader, statement: Statement, **parameters: Any) -> list[list[Any]]:
    """The rows of a read that returns them collected: the driver takes its time for a row, not for what is in one."""
    [[rows]] = await read_rows(reader, statement, **parameters)
    found: list[list[Any]] = rows
    return found
