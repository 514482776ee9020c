"""What tests of decisions and cases share: evidence in, persons, golden records and claims out."""

from __future__ import annotations

from typing import Any, Final

import orjson

from graph.case_work import CaseSummary
from graph.database import Graph
from graph.statement import Statement
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.services.cases import CaseFilter, fetch_cases
from hub.services.facts import state_customer
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from tests.support.contents import read_live_claims, read_partition

_GOLDEN: Final = Statement(
    "tests.golden", "read", "MATCH (p:Person)<-[:OF]-(r:Record) RETURN DISTINCT p.id AS id, p.golden AS golden"
)
_PLACES: Final = Statement(
    "tests.places",
    "read",
    "MATCH (r:Record)-[:OF]->(p:Person) RETURN r.key AS key, r.birth_id AS birth, p.id AS person",
)
_RESOLVED: Final = Statement(
    "tests.resolved",
    "read",
    """
    MATCH (r:Record)
    RETURN r.birth_id AS id, [(r)-[:OF]->(p:Person) | p.id] AS persons
    """,
)


def said(record: str, *identifiers: tuple[str, str], at: int = 1, **profile: str) -> CustomerEvent:
    """What a record, written `system|external_id`, says; identifiers are of the scope `s` where they have one."""
    system, _, external_id = record.partition("|")
    raw = tuple(
        RawIdentifier(kind, "" if kind in ("phone", "email") else "s", value, kind) for kind, value in identifiers
    )
    return CustomerEvent(RecordKey(system, external_id), at, raw, profile)


async def put(graph: Graph, identity: Identity, *events: CustomerEvent) -> None:
    """Have the hub told these in one batch."""
    facts = [state_customer(identity, event, default_ms=1, source="test") for event in events]
    await graph.write(apply_facts, identity, facts, [])


async def read_golden(graph: Graph, person: str) -> dict[str, str]:
    """A living person's golden values by field."""
    found = {row["id"]: row["golden"] for row in await graph.read(_GOLDEN)}
    return {field: value[0] for field, value in orjson.loads(found[person]).items()}


async def read_places(graph: Graph) -> dict[str, str]:
    """Record key to person id."""
    return {row["key"]: row["person"] for row in await graph.read(_PLACES)}


async def read_births(graph: Graph) -> dict[str, str]:
    """Record key to the id that it brought."""
    return {row["key"]: row["birth"] for row in await graph.read(_PLACES)}


async def read_resolved(graph: Graph) -> dict[str, list[str]]:
    """Every id ever given out to the living persons that it resolves to."""
    return {row["id"]: row["persons"] for row in await graph.read(_RESOLVED)}


async def read_state(graph: Graph) -> tuple[Any, ...]:
    """What a decision and its withdrawal must leave as it was: persons with their ids, golden records, live claims."""
    golden = {row["id"]: row["golden"] for row in await graph.read(_GOLDEN)}
    return await read_places(graph), golden, await read_live_claims(graph), await read_partition(graph)


async def find_cases(graph: Graph, state: str = "open") -> list[CaseSummary]:
    """All cases in a state."""
    return await fetch_cases(graph, CaseFilter(state), limit=100)
