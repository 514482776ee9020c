"""Pages of stewards' decisions, those of many persons or cases by one statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, LiteralString, NamedTuple

from graph.database import Graph
from graph.decisions import SHOWN, Decision
from graph.statement import Statement


def _fetch_pages(name: LiteralString, found: LiteralString, beyond: LiteralString, order: LiteralString) -> Statement:
    return Statement(
        name,
        "read",
        "UNWIND $rows AS row MATCH "
        + found
        + " WHERE (row[2] IS NULL OR d.id "
        + beyond
        + " row[2]) AND (NOT row[3] OR d.withdrawn_ms IS NULL) WITH DISTINCT row[0] AS page, d ORDER BY "
        + order
        + """
    WITH page, collect(d) AS found
    UNWIND found[0..$limit] AS d
    RETURN page, """
        + SHOWN,
    )


_OF_PERSON: Final = "(:Person {id: row[1]})<-[:OF]-(:Record)<-[:ON]-(d:Decision)"
_OF_CASE: Final = "(:Case {id: row[1]})-[:ANSWERED_BY]->(d:Decision)"
_FETCH_OF_PERSONS: Final = _fetch_pages("decision_pages.fetch_of_persons", _OF_PERSON, "<", "d.id DESC")
_FETCH_OF_PERSONS_BACKWARD: Final = _fetch_pages("decision_pages.fetch_of_persons_backward", _OF_PERSON, ">", "d.id")
_FETCH_OF_CASES: Final = _fetch_pages("decision_pages.fetch_of_cases", _OF_CASE, "<", "d.id DESC")
_FETCH_OF_CASES_BACKWARD: Final = _fetch_pages("decision_pages.fetch_of_cases_backward", _OF_CASE, ">", "d.id")


class Wanted(NamedTuple):
    """Whose decisions: a person's or a case's id; next to which decision they begin, and whether only live ones."""

    of: str
    start: str | None
    live: bool


async def fetch_of_persons(
    graph: Graph, wanted: Sequence[Wanted], *, limit: int, backward: bool = False
) -> list[list[Decision]]:
    """A page of the decisions on a person's records, in the order asked for, newest first; each decision once.

    `backward`: the decisions just newer than the start, or the oldest, instead of those just older, or the newest.
    """
    return await _fetch(graph, _FETCH_OF_PERSONS_BACKWARD if backward else _FETCH_OF_PERSONS, wanted, limit)


async def fetch_of_cases(
    graph: Graph, wanted: Sequence[Wanted], *, limit: int, backward: bool = False
) -> list[list[Decision]]:
    """As `fetch_of_persons`, for the decisions that ever answered a case, by its id."""
    return await _fetch(graph, _FETCH_OF_CASES_BACKWARD if backward else _FETCH_OF_CASES, wanted, limit)


async def _fetch(graph: Graph, statement: Statement, wanted: Sequence[Wanted], limit: int) -> list[list[Decision]]:
    rows = [[page, *one] for page, one in enumerate(wanted)]
    pages: list[list[Decision]] = [[] for _ in wanted]
    for number, *decision in await graph.read(statement, rows=rows, limit=limit):
        pages[number].append(Decision(*decision))
    for page in pages:
        page.sort(key=lambda one: one.id, reverse=True)
    return pages
