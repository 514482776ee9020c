"""Cases as stewards work on them: the queue, one case with what its records say, assignee, due date, comments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson
from neo4j import Record

from graph.cases import decode_sides, history_entry
from graph.changes import draw_key, mark_case
from graph.database import Graph, Transaction
from graph.evidence import decode_profile
from graph.reading import Reader, read_rows
from graph.similarity import Waterfall, decode_waterfall
from graph.statement import Statement

_SUMMARY: Final = """
    c.id, c.key, c.kind, c.type, c.state, c.value_fen, c.records, c.score, c.opened_ms, c.updated_ms, c.outcome,
    c.assignee, c.due"""
_FETCH_PAGE: Final = Statement(
    "case_work.fetch_page",
    "read",
    """
    MATCH (c:Case {state: $state})
    WHERE ($kind = '' OR c.kind = $kind)
      AND ($assignee = '' OR c.assignee = $assignee)
      AND (c.value_fen < $value_fen
           OR (c.value_fen = $value_fen
               AND (c.opened_ms > $opened_ms OR (c.opened_ms = $opened_ms AND c.id > $id))))
    WITH c ORDER BY c.value_fen DESC, c.opened_ms, c.id LIMIT $limit
    RETURN"""
    + _SUMMARY,
)
_FIND: Final = Statement(
    "case_work.find",
    "read",
    "MATCH (c:Case {id: $id}) RETURN"
    + _SUMMARY
    + """, c.sides, c.reasons, c.history, c.comments, c.waterfall,
         [(c)-[:ABOUT]->(i:Identifier) | [i.key, i.type, i.scope, i.masked, i.live, i.lifted]],
         [(c)-[:ANSWERED_BY]->(d:Decision) | d.id]
    """,
)
_FETCH_RECORDS: Final = Statement(
    "case_work.fetch_records",
    "read",
    """
    UNWIND $keys AS key
    MATCH (r:Record {key: key})-[:OF]->(p:Person)
    RETURN r.key, r.system, r.external_id, p.id, r.profile,
           [(r)-[c:CLAIMS]->(i:Identifier) WHERE c.valid_to_ms IS NULL |
            [i.key, i.type, i.scope, i.masked, c.verified, c.valid_from_ms, c.observed_ms]]
    """,
)
_LOCK: Final = Statement(
    "case_work.lock",
    "write",
    "MATCH (c:Case {id: $id}) SET c.revision = c.revision + 1 RETURN c.state AS state",
)
_ASSIGN: Final = Statement(
    "case_work.assign",
    "write",
    """
    MATCH (c:Case {id: $id})
    SET c.assignee = $assignee, c.updated_ms = $now_ms, c.history = c.history + $entry
    """
    + mark_case("$mark"),
)
_SET_DUE: Final = Statement(
    "case_work.set_due",
    "write",
    "MATCH (c:Case {id: $id}) SET c.due = $due, c.updated_ms = $now_ms, c.history = c.history + $entry "
    + mark_case("$mark"),
)
_COMMENT: Final = Statement(
    "case_work.comment",
    "write",
    """
    MATCH (c:Case {id: $id})
    SET c.comments = coalesce(c.comments, []) + $comment, c.updated_ms = $now_ms, c.history = c.history + $entry
    """
    + mark_case("$mark"),
)
_FETCH_OPEN: Final = Statement(
    "case_work.fetch_open",
    "read",
    "MATCH (c:Case {state: 'open'}) WHERE c.id > $after WITH c.id AS id ORDER BY id LIMIT $limit RETURN id",
)
_WEIGH: Final = Statement(
    "case_work.weigh",
    "write",
    """
    UNWIND $ids AS id
    MATCH (c:Case {id: id})-[:INVOLVES]->(r:Record)
    OPTIONAL MATCH (r)<-[:PLACED_BY]-(o:Order)
    WITH c, coalesce(sum(o.amount_fen), 0) AS value_fen
    WHERE c.state = 'open' AND c.value_fen <> value_fen
    SET c.value_fen = value_fen
    RETURN count(c) AS changed
    """,
)
_WEIGH_HELD: Final = Statement(
    "case_work.weigh_held",
    "write",
    """
    UNWIND $ids AS id
    MATCH (c:Case {id: id, kind: 'blast_radius'})-[:ABOUT]->(i:Identifier)
    CALL (i) {
        MATCH (i)<-[held:CLAIMS]-(r:Record)
        WHERE held.valid_to_ms IS NULL
        WITH DISTINCT r LIMIT 200
        OPTIONAL MATCH (r)<-[:PLACED_BY]-(o:Order)
        RETURN coalesce(sum(o.amount_fen), 0) AS value_fen
    }
    WITH c, i, value_fen
    WHERE c.state = 'open' AND (c.value_fen <> value_fen OR c.records <> i.live)
    SET c.value_fen = value_fen, c.records = i.live
    RETURN count(c) AS changed
    """,
)


class PageStart(NamedTuple):
    """The last case of the page before, as far as the order goes."""

    value_fen: int
    opened_ms: int
    id: str


FIRST_PAGE: Final = PageStart(2**62, 0, "")


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case in the queue.

    Attributes:
        value_fen: what is at stake: all that the records involved ever ordered, as last added up.
        records: how many records are involved.
        score: how likely the sides are one person when it was asked last; None where that is not the question.
        outcome: see `graph.cases.StoredCase`.
        due: an ISO date.
    """

    id: str
    key: str
    kind: str
    type: str
    state: str
    value_fen: int
    records: int
    score: float | None
    opened_ms: int
    updated_ms: int
    outcome: str | None
    assignee: str | None
    due: str | None


class CaseEntry(NamedTuple):
    """A line of the history or a comment; the hub itself has no name."""

    at_ms: int
    author: str
    text: str


class CaseIdentifier(NamedTuple):
    """An identifier that a case is about; `live` and `lifted` as in `graph.evidence.IdentifierState`."""

    key: str
    type: str
    scope: str
    masked: str
    live: int
    lifted: int | None


@dataclass(frozen=True, slots=True)
class StoredCaseDetails:
    """One case with its questions and what was done about it; entries oldest first, decisions by id.

    `waterfall` is how the score of a weak similarity came about.
    """

    summary: CaseSummary
    sides: tuple[tuple[str, ...], ...]
    reasons: tuple[str, ...]
    history: tuple[CaseEntry, ...]
    comments: tuple[CaseEntry, ...]
    about: tuple[CaseIdentifier, ...]
    decisions: tuple[str, ...]
    waterfall: Waterfall | None = None


class ShownClaim(NamedTuple):
    """A live claim in showable form."""

    identifier: str
    type: str
    scope: str
    masked: str
    verified: bool
    valid_from_ms: int
    observed_ms: int


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """A record in showable form; `profile` maps a field to (value, stated at in epoch ms)."""

    key: str
    system: str
    external_id: str
    person: str
    profile: dict[str, tuple[str, int]]
    claims: tuple[ShownClaim, ...]


async def fetch_page(
    graph: Graph, *, state: str, kind: str, assignee: str, after: PageStart, limit: int
) -> list[CaseSummary]:
    """Cases in a state, those with most at stake first, then the oldest; empty `kind` or `assignee`: any."""
    rows = await graph.read(_FETCH_PAGE, state=state, kind=kind, assignee=assignee, limit=limit, **after._asdict())
    return sorted(map(_summary, rows), key=lambda case: (-case.value_fen, case.opened_ms, case.id))


async def find_case(reader: Reader, case_id: str) -> StoredCaseDetails | None:
    """One case."""
    rows = await read_rows(reader, _FIND, id=case_id)
    if not rows:
        return None
    sides, reasons, history, comments, waterfall, about, answered_by = list(rows[0])[13:]
    return StoredCaseDetails(
        _summary(rows[0]),
        decode_sides(sides),
        tuple(reasons),
        _entries(history),
        _entries(comments or ()),
        tuple(CaseIdentifier(*one) for one in sorted(about)),
        tuple(sorted(answered_by)),
        decode_waterfall(waterfall),
    )


async def fetch_records(graph: Graph, keys: Iterable[str]) -> dict[str, ShownRecord]:
    """Records by key; unknown ones are left out."""
    found: dict[str, ShownRecord] = {}
    for key, system, external_id, person, profile, claims in await graph.read(_FETCH_RECORDS, keys=sorted(keys)):
        shown = tuple(sorted(ShownClaim(*claim) for claim in claims))
        found[key] = ShownRecord(key, system, external_id, person, decode_profile(profile), shown)
    return found


async def lock_case(tx: Transaction, case_id: str) -> str | None:
    """Make other writers of this case wait until this transaction ends; its state, None where there is no such case."""
    rows = await tx.run(_LOCK, id=case_id)
    return rows[0]["state"] if rows else None


async def assign(tx: Transaction, case_id: str, assignee: str | None, *, author: str, now_ms: int) -> None:
    """Give a case to somebody, or to nobody."""
    entry = history_entry(now_ms, author, f"Assigned to {assignee}." if assignee else "Assigned to nobody.")
    await tx.run(_ASSIGN, id=case_id, assignee=assignee, now_ms=now_ms, entry=entry, mark=draw_key())


async def set_due(tx: Transaction, case_id: str, due: str | None, *, author: str, now_ms: int) -> None:
    """Set the day, an ISO date, by which a case should be answered; None for none."""
    entry = history_entry(now_ms, author, f"Due on {due}." if due else "Due on no day.")
    await tx.run(_SET_DUE, id=case_id, due=due, now_ms=now_ms, entry=entry, mark=draw_key())


async def comment(tx: Transaction, case_id: str, text: str, *, author: str, now_ms: int) -> None:
    """Add a comment."""
    said, entry = history_entry(now_ms, author, text), history_entry(now_ms, author, "Commented.")
    await tx.run(_COMMENT, id=case_id, comment=said, now_ms=now_ms, entry=entry, mark=draw_key())


async def fetch_open(graph: Graph, *, after: str, limit: int) -> list[str]:
    """Ids of open cases behind an id."""
    return [row["id"] for row in await graph.read(_FETCH_OPEN, after=after, limit=limit)]


async def weigh(tx: Transaction, ids: Collection[str]) -> int:
    """Add up anew what is at stake in these cases; how many have changed."""
    changed = 0
    for statement in (_WEIGH, _WEIGH_HELD):
        (row,) = await tx.run(statement, ids=sorted(ids))
        changed += int(row["changed"])
    return changed


def _summary(row: Record) -> CaseSummary:
    return CaseSummary(*list(row)[:13])


def _entries(texts: Iterable[str]) -> tuple[CaseEntry, ...]:
    return tuple(CaseEntry(*orjson.loads(text)) for text in texts)
