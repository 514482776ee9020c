"""Operations of the ledger, as they were done for callers' keys."""

from __future__ import annotations

from typing import Final

from graph.ledger_rows import read_operation
from graph.reading import Reader, read_rows
from graph.statement import Statement
from hub.core.ledger import Operation

_FIND: Final = Statement("operations.find", "read", "MATCH (o:Operation {key: $key}) RETURN properties(o) AS operation")

_FIND_ANY: Final = Statement(
    "operations.find_any", "read", "MATCH (o:Operation {programme: $programme}) RETURN o.key AS key LIMIT 1"
)


async def find(reader: Reader, key: str) -> Operation | None:
    """The operation under a key."""
    rows = await read_rows(reader, _FIND, key=key)
    return read_operation(rows[0]["operation"]) if rows else None


async def has_any(reader: Reader, programme: str) -> bool:
    """Whether anything was ever done in a programme."""
    return bool(await read_rows(reader, _FIND_ANY, programme=programme))
