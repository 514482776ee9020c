"""What an operation costs the graph: a table of Cypher statements per operation, whatever the number of rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.settings import Settings
from tests.integration.api_client import ask, open_client
from tests.integration.api_people import put_crowd

pytestmark = pytest.mark.anyio

FIND: Final = "persons.find_by_identifiers"
PAGE: Final = ("persons.find_page_bound", "persons.fetch_page")
EVIDENCE: Final = "persons.fetch_evidence"
TOGETHER: Final = "person_parts.fetch_by_"
ORDERS: Final = "orders.fetch_pages"
DECISIONS: Final = "decision_pages.fetch_of_persons"
TOTALS: Final = "orders.fetch_totals"

PERSON: Final = '{ person(by: {phone: "13900000000"}) { %s } }'
PERSONS: Final = "{ persons(first: 50) { nodes { %s } } }"
ALL_FIELDS: Final = """
    id aliases records { system } identifiers { masked } profile { name } totalSpent orderCount
    orders(first: 100) { nodes { id lines { sku } } pageInfo { hasNextPage } }
"""

GOLDEN: Final = [
    (PERSON % "id", [FIND], [FIND]),
    (
        PERSON % "records { system } identifiers { masked } profile { name }",
        [FIND, EVIDENCE],
        [f"{TOGETHER}identifier+evidence"],
    ),
    (PERSON % "totalSpent orderCount", [FIND, TOTALS], [FIND, TOTALS]),
    (
        PERSON % "a: orders(first: 2) { nodes { id } } b: orders(first: 3) { nodes { id } }",
        [FIND, ORDERS, ORDERS],
        [f"{TOGETHER}identifier+orders", ORDERS],
    ),
    (
        PERSON % ALL_FIELDS,
        [FIND, EVIDENCE, ORDERS, TOTALS],
        [f"{TOGETHER}identifier+evidence+orders", TOTALS],
    ),
    (PERSONS % "id", PAGE, PAGE),
    (
        PERSONS % "records { system } identifiers { masked } orders(first: 5) { nodes { id } }",
        [*PAGE, EVIDENCE, ORDERS],
        [*PAGE, f"{TOGETHER}id+evidence+orders"],
    ),
    (
        PERSONS % ALL_FIELDS,
        [*PAGE, EVIDENCE, ORDERS, TOTALS],
        [*PAGE, f"{TOGETHER}id+evidence+orders", TOTALS],
    ),
    (PERSONS % "decisions(first: 2) { nodes { number } }", [*PAGE, DECISIONS], [*PAGE, DECISIONS]),
    ("{ __typename }", [], []),
]
"""What is asked, what that costs the first time, and what once there is a plan."""


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(settings) as client:
        yield client


@pytest.mark.parametrize(("persons", "orders_each"), [(1, 2), (2, 200), (60, 2)])
async def test_an_operation_costs_the_same_statements_for_any_number_of_rows(
    client: httpx.AsyncClient, graph: Graph, settings: Settings, persons: int, orders_each: int
) -> None:
    await put_crowd(graph, settings, persons, orders_each)

    for query, first, planned in GOLDEN:
        for expected in (first, planned):
            with count_statements() as counter:
                await ask(client, f"{query} # seen by nobody yet: {persons}, {orders_each}")
            assert sorted(counter.by_name.elements()) == sorted(expected), query


async def test_the_crowd_is_really_read(client: httpx.AsyncClient, graph: Graph, settings: Settings) -> None:
    await put_crowd(graph, settings, persons=60, orders_each=2)

    data = await ask(client, PERSONS % ALL_FIELDS)

    assert len(data["persons"]["nodes"]) == 50
    assert all(len(node["orders"]["nodes"]) == 2 for node in data["persons"]["nodes"])
    assert all(node["totalSpent"] == 200 for node in data["persons"]["nodes"])
