"""What a graph says, without what two runs of the same load cannot have in common: random ids and the clock's time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from graph.database import Graph
from graph.statement import Statement
from tests.support.contents import LINKS, NODES, as_text

_CHANCE: Final = {
    "Record": {"birth_id", "created_ms"},
    "Identifier": {"sealed"},
    "Person": {"id"},
    "Case": {"id", "opened_ms", "updated_ms", "history"},
    "Order": {"marked_ms"},
    "Import": {"begun_ms", "received_ms"},
    "Unsettled": {"since_ms", "times"},
    "Account": {"at_ms"},
    "Entry": {"at_ms"},
    "Operation": {"at_ms", "digest", "person"},
}
_HISTORY: Final = {"revision", "cases"}
_BIRTHS: Final = Statement(
    "tests.births",
    "read",
    "MATCH (p:Person)<-[:OF]-(r:Record) RETURN p.id AS person, r.key AS key, r.birth_id AS birth",
)
_BEGINNINGS: Final = Statement(
    "tests.beginnings", "read", "MATCH (i:Import) RETURN i.begun_ms AS begun_ms, i.system AS system, i.file AS file"
)


async def read_comparable(graph: Graph, *, history: bool = False) -> list[str]:
    """Every node and relationship as sorted text; a person is named by their records.

    The instant at which a file was first seen is named by the file, an account by its record. Without `history` only
    what holds: not what the hub believed meanwhile (former places, persons without records, closed cases, who a case
    involved before) nor how often it wrote a node.
    """
    persons = await _name_persons(graph)
    said = [*_tell_nodes([row.data() for row in await graph.read(NODES)], persons, history)]
    said += _tell_links([row.data() for row in await graph.read(LINKS)], persons, history)
    for row in await graph.read(_BIRTHS):
        # The keys of accounts, lots, entries and operations are made of it.
        said = [line.replace(row["birth"], row["key"]) for line in said]
    for row in await graph.read(_BEGINNINGS):
        said = [line.replace(str(row["begun_ms"]), f"{row['system']} {row['file']}") for line in said]
    return sorted(said)


async def _name_persons(graph: Graph) -> dict[str, str]:
    """Person id to the records of that person; checks that it is the first birth id among theirs."""
    held: dict[str, list[str]] = defaultdict(list)
    births: dict[str, list[str]] = defaultdict(list)
    for row in await graph.read(_BIRTHS):
        held[row["person"]].append(row["key"])
        births[row["person"]].append(row["birth"])
    assert all(person == min(born) for person, born in births.items())
    return {person: " ".join(sorted(records)) for person, records in held.items()}


def _tell_nodes(rows: list[dict[str, Any]], persons: Mapping[str, str], history: bool) -> Iterator[str]:
    for row in rows:
        [label], properties = row["labels"], row["properties"]
        if label in ("Migration", "MigrationLease", "Installation", "Change"):
            continue
        if not history and ((label == "Person" and properties["id"] not in persons) or _is_closed(label, properties)):
            continue
        hidden = _CHANCE.get(label, set()) | (set() if history else _HISTORY)
        kept = {name: value for name, value in properties.items() if name not in hidden}
        name = persons.get(properties["id"], "nobody") if label == "Person" else ""
        yield f"{label} {name} {as_text(kept)}"


def _is_closed(label: str, properties: Mapping[str, Any]) -> bool:
    return label == "Case" and properties["state"] != "open"


def _tell_links(rows: list[dict[str, Any]], persons: Mapping[str, str], history: bool) -> Iterator[str]:
    for row in rows:
        if not history and row["type"] in ("WAS_OF", "INVOLVES", "ABOUT"):
            continue
        target = persons.get(row["target"], row["target"])
        kept = {name: value for name, value in row["properties"].items() if name not in ("since_ms", "until_ms")}
        yield f"{row['type']} {row['source']} {target} {as_text(kept)}"
