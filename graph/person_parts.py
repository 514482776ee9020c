"""Several kinds of what hangs on a person's records, by one statement: each as its own module reads it alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, NamedTuple

from graph.balances import ACCOUNTS, HeldAccounts, read_held_accounts
from graph.database import Graph
from graph.membership import BOUGHT, FACTS, POINTS, MemberRecord, name_scope, read_member_records
from graph.orders import SHOWN, PlacedOrder, read_order
from graph.persons import CLAIMS, HeldPerson, read_held_records
from graph.reading import read_list
from graph.statement import Statement

_BY_ID: Final = "UNWIND $keys AS key WITH key, [key] AS ids"
# Of several holders one is described in vain: that there are several is the answer.
_BY_IDENTIFIER: Final = """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[c:CLAIMS]-(:Record)-[:OF]->(holder:Person)
    WHERE c.valid_to_ms IS NULL
    WITH DISTINCT key, holder.id AS id ORDER BY id
    WITH key, collect(id)[0..$most] AS ids
"""
_RECORDS: Final = """
    MATCH (p:Person {id: ids[0]})<-[:OF]-(r:Record)
    WITH key, ids, p, r"""
_ROWS: Final = """
    WITH key, ids, p,
         collect([r.key, r.system, r.external_id, r.birth_id, r.created_ms, r.profile, claims, accounts, facts, bought,
                  points]) AS records
"""
_ORDERS: Final = """
    OPTIONAL MATCH (p)<-[:OF]-(r:Record)<-[:PLACED_BY]-(o:Order)
    WITH key, ids, p, records, r, o ORDER BY o.placed_ms DESC, o.key DESC
    WITH key, ids, p, head(collect(records)) AS records, collect([""" + SHOWN + """])[0..$orders] AS orders
"""  # fmt: skip


def _compose(name: LiteralString, found: LiteralString, wanted: int) -> Statement:
    """A statement that reads some parts of the persons that are found so; each bit of `wanted` is a part."""
    evidence, accounts, membership, orders = (bool(wanted >> place & 1) for place in range(4))
    parts: list[tuple[bool, LiteralString, LiteralString]] = [
        (evidence, CLAIMS, "claims"),
        (accounts, ACCOUNTS, "accounts"),
        (membership, FACTS, "facts"),
        (membership, BOUGHT, "bought"),
        (membership, POINTS, "points"),
    ]
    text = found + _RECORDS
    for reads, column, known_as in parts:
        text += ", " + (column if reads else "[]") + " AS " + known_as
    text += _ROWS + (_ORDERS if orders else "")
    return Statement(
        name, "read", text + "RETURN collect([key, ids, p.golden, records, " + ("orders])" if orders else "[]])")
    )


def _name(wanted: int) -> LiteralString:
    names: list[LiteralString] = ["+evidence", "+accounts", "+membership", "+orders"]
    return "".join([name for place, name in enumerate(names) if wanted >> place & 1])


_FETCH_BY_ID: Final = tuple(
    _compose("person_parts.fetch_by_id" + _name(wanted), _BY_ID, wanted) for wanted in range(16)
)
_FETCH_BY_IDENTIFIER: Final = tuple(
    _compose("person_parts.fetch_by_identifier" + _name(wanted), _BY_IDENTIFIER, wanted) for wanted in range(16)
)


class Parts(NamedTuple):
    """Which parts are read.

    Attributes:
        evidence: everything that records say.
        programme: whose membership; empty for none.
        orders: how many of the newest.
    """

    evidence: bool = False
    accounts: bool = False
    programme: str = ""
    orders: int = 0


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A living person with those parts that were asked for.

    Attributes:
        ids: of the person, first, and of others who hold the same identifier.
        rows: of the records: key, system, external id, birth id, created_ms, profile, claims, accounts, facts, bought,
            points.
    """

    ids: tuple[str, ...]
    golden: str | None
    rows: Sequence[Sequence[Any]]
    placed: Sequence[Sequence[Any]]

    def read_evidence(self) -> HeldPerson:
        """As `persons.fetch_evidence`."""
        return HeldPerson(self.golden, read_held_records(row[1:7] for row in self.rows))

    def read_accounts(self) -> HeldAccounts:
        """As `balances.fetch_all`."""
        return read_held_accounts(self.ids[0], [(row[1], row[2], row[7]) for row in self.rows])

    def read_member(self) -> list[MemberRecord]:
        """As `membership.fetch_by_persons`."""
        person = self.ids[0]
        return read_member_records([person, self.golden, row[0], *row[3:5], *row[8:]] for row in self.rows)

    def read_orders(self) -> list[PlacedOrder]:
        """As a first page of `orders.fetch_pages`."""
        orders = [read_order(row) for row in self.placed if row[0] is not None]
        return sorted(orders, key=lambda order: (order.placed_ms, order.key), reverse=True)


async def fetch_by_ids(graph: Graph, ids: Iterable[str], parts: Parts) -> dict[str, FoundPerson]:
    """Living persons by id; others are left out. One statement for all of them."""
    return await _fetch(graph, _FETCH_BY_ID, ids, parts, most=1)


async def fetch_by_identifiers(graph: Graph, keys: Iterable[str], parts: Parts, *, most: int) -> dict[str, FoundPerson]:
    """The first who holds each identifier now, by its hashed key, and at `most` so many who do. One statement."""
    return await _fetch(graph, _FETCH_BY_IDENTIFIER, keys, parts, most=most)


async def _fetch(
    graph: Graph, statements: Sequence[Statement], keys: Iterable[str], parts: Parts, *, most: int
) -> dict[str, FoundPerson]:
    statement = statements[sum(bool(part) << place for place, part in enumerate(parts))]
    scope = name_scope(parts.programme)
    rows = await read_list(graph, statement, keys=list(keys), orders=parts.orders, most=most, **scope)
    return {key: FoundPerson(tuple(ids), *row) for key, ids, *row in rows}
