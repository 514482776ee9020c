"""A GraphQL answer as tables: one for each field of the operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from rich.table import Table

from hub.cli.output import make_table


def make_tables(data: Any) -> Iterator[Table]:
    """A list's items below each other, an object's fields too; what is nested in them is named by its path.

    A connection is the list of its nodes. Lists within an item stay JSON: a table has no place for them.
    """
    for name, value in (data or {}).items():
        rows = _list_rows(value)
        if rows is None:
            found = _flatten(value) if isinstance(value, Mapping) else {"": value}
            yield make_table(name, "", rows=([key or name, _write(one)] for key, one in found.items()))
        else:
            items = [_flatten(row) if isinstance(row, Mapping) else {name: row} for row in rows]
            found = dict.fromkeys(key for item in items for key in item)
            nested = {key.rpartition(".")[0] for key in found}  # an object that is null in some items only
            headings = [key for key in found if key not in nested]
            yield make_table(
                *headings, rows=([_write(item.get(key)) for key in headings] for item in items), title=name
            )


def _list_rows(value: Any) -> Sequence[Any] | None:
    """The items of a list or of a connection, None for anything else."""
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping):
        return None
    if isinstance(nodes := value.get("nodes"), list):
        return nodes
    if isinstance(edges := value.get("edges"), list):
        return [edge.get("node", edge) if isinstance(edge, Mapping) else edge for edge in edges]
    return None


def _flatten(item: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Fields by their paths; of a connection its items."""
    found: dict[str, Any] = {}
    for name, value in item.items():
        rows = _list_rows(value)
        if rows is not None:
            found[prefix + name] = rows
        elif isinstance(value, Mapping):
            found |= _flatten(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


def _write(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
