"""Persons by what an index knows in order: the keys of their records, and the places of their enrolments.

Each is a text that begins with what is asked for, so that a range of it is a list, and a place in it names where a page
begins, whatever is written meanwhile. A person stands in a list once for each text of theirs; `Candidate` says which.
"""

from __future__ import annotations

from typing import Any, Final, LiteralString, NamedTuple

from graph.database import Graph
from graph.reading import read_list
from graph.statement import Statement
from graph.text_ranges import reach


class Span(NamedTuple):
    """The texts between two others, which are none of them."""

    start: str
    end: str

    def holds(self, text: str) -> bool:
        """Whether a text is one of them."""
        return self.start < text < self.end


class Candidate(NamedTuple):
    """A person in a list.

    Attributes:
        place: where they stand in it.
        records: the keys of their records.
        enrolments: the places of their enrolments.
        bought: whether they ordered something in the store that was asked for.
    """

    place: str
    person: str
    records: list[str]
    enrolments: list[str]
    bought: bool


class Index(NamedTuple):
    """What finds persons in an order: its statements."""

    bound: Statement
    onward: Statement
    backward: Statement


def _make_index(name: LiteralString, node: LiteralString, text: LiteralString, holder: LiteralString) -> Index:
    """An index on a node `n`; the pattern `holder` leads from it to its person `p`."""
    listed = "MATCH (n:" + node + ") WHERE n." + text
    columns = """
        MATCH """ + holder + """
        RETURN collect([place, p.id, [(p)<-[:OF]-(r:Record) | r.key],
                        [(p)<-[:OF]-(:Record)-[:HAS]->(e:Enrolment) | e.place],
                        [(p)<-[:OF]-(:Record)<-[:PLACED_BY]-(o:Order) WHERE o.store = $store | o.key]])
    """  # fmt: skip
    return Index(
        Statement(
            "person_places.bound_" + name,
            "read",
            listed + " > $start AND n." + text + " < $end WITH n." + text + " AS place LIMIT $limit "
            "RETURN max(place) AS bound, count(*) AS found",
        ),
        Statement(
            "person_places.onward_" + name,
            "read",
            listed + " > $start AND n." + text + " <= $bound "
            "WITH n, n." + text + " AS place ORDER BY place LIMIT $limit" + columns,
        ),
        Statement(
            "person_places.backward_" + name,
            "read",
            listed + " > $start AND n." + text + " < $end "
            "WITH n, n." + text + " AS place ORDER BY place DESC LIMIT $limit" + columns,
        ),
    )


RECORDS: Final = _make_index("record", "Record", "key", "(n)-[:OF]->(p:Person)")
ENROLMENTS: Final = _make_index("enrolment", "Enrolment", "place", "(n)<-[:HAS]-(:Record)-[:OF]->(p:Person)")


def place_enrolment(programme: str, joined_ms: int, key: str = "") -> str:
    """Where an enrolment stands among those of its programme: by when, then by the key of its operation."""
    return f"{programme}|{joined_ms:015d}|{key}"


def span_of_system(system: str) -> Span:
    """The keys of a system's records."""
    return Span(f"{system}|", f"{system}}}")  # } is the character after |


async def fetch_onward(graph: Graph, index: Index, span: Span, store: str, limit: int) -> tuple[list[Candidate], bool]:
    """The first of a span in order, and whether there may be more. Two statements, or one where there are none.

    ArcadeDB sorts all that it is not given a bound for; see `persons.fetch_page`.
    """
    [found] = await graph.read(index.bound, start=span.start, end=span.end, limit=limit)
    if found["bound"] is None:
        return [], False
    bound = reach(span.start, found["bound"])
    rows = await read_list(graph, index.onward, start=span.start, bound=bound, limit=limit, store=store)
    return _read(rows), found["found"] == limit


async def fetch_backward(
    graph: Graph, index: Index, span: Span, store: str, limit: int
) -> tuple[list[Candidate], bool]:
    """The last of a span, the very last first, and whether there may be more. ArcadeDB sorts the whole span."""
    rows = await read_list(graph, index.backward, start=span.start, end=span.end, limit=limit, store=store)
    return _read(rows)[::-1], len(rows) == limit


def _read(rows: list[list[Any]]) -> list[Candidate]:
    """In order; nobody promises the one in which rows are collected."""
    return sorted(Candidate._make([*told, bool(orders)]) for *told, orders in rows)
