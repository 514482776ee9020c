"""The reference of imports: the same nodes and relationships, from rows in memory, by plain `UNWIND ... MERGE`.

It parses nothing, decides nothing and reads nothing back: what a script would do that has everything at hand.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final, LiteralString

from graph.database import Graph, Transaction
from graph.statement import Statement

BATCH: Final = 2000
Rows = list[list[Any]]


def _read(name: str, text: LiteralString) -> Statement:
    return Statement(f"bench.read_{name}", "read", text)


def _merge(name: str, text: LiteralString) -> Statement:
    return Statement(f"bench.merge_{name}", "write", text)


_PARTS: Final = (
    (
        _read(
            "identifiers",
            """
            MATCH (i:Identifier)
            RETURN i.key, i.type, i.scope, i.masked, i.sealed, i.revision, i.live, i.blocked, i.lifted, i.releases,
                   i.cases
            """,
        ),
        _merge(
            "identifiers",
            """
            UNWIND $rows AS row
            MERGE (i:Identifier {key: row[0]})
            SET i.type = row[1], i.scope = row[2], i.masked = row[3], i.sealed = row[4], i.revision = row[5],
                i.live = row[6], i.blocked = row[7], i.lifted = row[8], i.releases = row[9], i.cases = row[10]
            """,
        ),
    ),
    (
        _read("persons", "MATCH (p:Person) RETURN p.id, p.revision, p.golden"),
        _merge(
            "persons",
            "UNWIND $rows AS row MERGE (p:Person {id: row[0]}) SET p.revision = row[1], p.golden = row[2]",
        ),
    ),
    (
        _read(
            "records",
            "MATCH (r:Record) RETURN r.key, r.system, r.external_id, r.birth_id, r.created_ms, r.profile, r.revision",
        ),
        _merge(
            "records",
            """
            UNWIND $rows AS row
            MERGE (r:Record {key: row[0]})
            SET r.system = row[1], r.external_id = row[2], r.birth_id = row[3], r.created_ms = row[4],
                r.profile = row[5], r.revision = row[6]
            """,
        ),
    ),
    (
        _read("memberships", "MATCH (r:Record)-[o:OF]->(p:Person) RETURN r.key, p.id, o.since_ms"),
        _merge(
            "memberships",
            """
            UNWIND $rows AS row
            MATCH (r:Record {key: row[0]})
            MATCH (p:Person {id: row[1]})
            MERGE (r)-[o:OF]->(p)
            SET o.since_ms = row[2]
            """,
        ),
    ),
    (
        _read("former_places", "MATCH (r:Record)-[o:WAS_OF]->(p:Person) RETURN r.key, p.id, o.since_ms, o.until_ms"),
        _merge(
            "former_places",
            """
            UNWIND $rows AS row
            MATCH (r:Record {key: row[0]})
            MATCH (p:Person {id: row[1]})
            MERGE (r)-[o:WAS_OF {since_ms: row[2]}]->(p)
            SET o.until_ms = row[3]
            """,
        ),
    ),
    (
        _read(
            "claims",
            """
            MATCH (r:Record)-[c:CLAIMS]->(i:Identifier)
            RETURN r.key, i.key, c.valid_from_ms, c.observed_ms, c.valid_to_ms, c.source, c.verified, c.stated_ms,
                   c.sources, c.proofs
            """,
        ),
        _merge(
            "claims",
            """
            UNWIND $rows AS row
            MATCH (r:Record {key: row[0]})
            MATCH (i:Identifier {key: row[1]})
            MERGE (r)-[c:CLAIMS {valid_from_ms: row[2]}]->(i)
            SET c.observed_ms = row[3], c.valid_to_ms = row[4], c.source = row[5], c.verified = row[6],
                c.stated_ms = row[7], c.sources = row[8], c.proofs = row[9]
            """,
        ),
    ),
    (
        _read(
            "cases",
            """
            MATCH (c:Case)
            RETURN c.key, c.id, c.kind, c.type, c.sides, c.reasons, c.value_fen, c.records, c.score, c.state, c.outcome,
                   c.opened_ms, c.closed_ms, c.updated_ms, c.revision, c.history
            """,
        ),
        _merge(
            "cases",
            """
            UNWIND $rows AS row
            MERGE (c:Case {key: row[0]})
            SET c.id = row[1], c.kind = row[2], c.type = row[3], c.sides = row[4], c.reasons = row[5],
                c.value_fen = row[6], c.records = row[7], c.score = row[8], c.state = row[9], c.outcome = row[10],
                c.opened_ms = row[11], c.closed_ms = row[12], c.updated_ms = row[13], c.revision = row[14],
                c.history = row[15]
            """,
        ),
    ),
    (
        _read("subjects", "MATCH (c:Case)-[:ABOUT]->(i:Identifier) RETURN c.key, i.key"),
        _merge(
            "subjects",
            "UNWIND $rows AS row MATCH (c:Case {key: row[0]}) MATCH (i:Identifier {key: row[1]}) "
            "MERGE (c)-[:ABOUT]->(i)",
        ),
    ),
    (
        _read("involved", "MATCH (c:Case)-[:INVOLVES]->(r:Record) RETURN c.key, r.key"),
        _merge(
            "involved",
            "UNWIND $rows AS row MATCH (c:Case {key: row[0]}) MATCH (r:Record {key: row[1]}) "
            "MERGE (c)-[:INVOLVES]->(r)",
        ),
    ),
    (
        _read("unsettled", "MATCH (u:Unsettled) RETURN u.key, u.since_ms, u.times"),
        _merge(
            "unsettled",
            "UNWIND $rows AS row MERGE (u:Unsettled {key: row[0]}) SET u.since_ms = row[1], u.times = row[2]",
        ),
    ),
    (
        _read(
            "orders",
            """
            MATCH (o:Order)
            RETURN o.key, o.system, o.order_id, o.placed_ms, o.status, o.amount_fen, o.store, o.header, o.lines,
                   o.revision, o.refunded_fen, o.unsettled_ms, o.paid_ms,
                   o.marked_ms
            """,
        ),
        _merge(
            "orders",
            """
            UNWIND $rows AS row
            MERGE (o:Order {key: row[0]})
            SET o.system = row[1], o.order_id = row[2], o.placed_ms = row[3], o.status = row[4],
                o.amount_fen = row[5], o.store = row[6], o.header = row[7], o.lines = row[8], o.revision = row[9],
                o.refunded_fen = row[10], o.unsettled_ms = row[11], o.paid_ms = row[12],
                o.marked_ms = row[13]
            """,
        ),
    ),
    (
        _read("buyers", "MATCH (o:Order)-[:PLACED_BY]->(r:Record) RETURN o.key, r.key"),
        _merge(
            "buyers",
            "UNWIND $rows AS row MATCH (o:Order {key: row[0]}) MATCH (r:Record {key: row[1]}) "
            "MERGE (o)-[:PLACED_BY]->(r)",
        ),
    ),
)


async def read_graph(graph: Graph) -> list[Rows]:
    """All that an import wrote, as rows for `merge_graph`."""
    return [[list(row.values()) for row in await graph.read(read)] for read, _ in _PARTS]


async def merge_graph(graph: Graph, content: list[Rows]) -> float:
    """Write these rows and return the seconds that it took."""
    started = perf_counter()
    for (_, merge), rows in zip(_PARTS, content, strict=True):
        for start in range(0, len(rows), BATCH):
            await graph.write(_run, merge, rows[start : start + BATCH])
    return perf_counter() - started


async def _run(tx: Transaction, statement: Statement, rows: Rows) -> None:
    await tx.run(statement, rows=rows)
