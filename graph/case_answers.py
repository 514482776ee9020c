"""Answers to cases: a case that is answered names the decisions that answer it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from graph.cases import history_entry
from graph.changes import draw_key, mark_case
from graph.database import Transaction
from graph.reading import Reader, read_rows
from graph.statement import Statement

_ANSWER: Final = Statement(
    "case_answers.answer",
    "write",
    """
    MATCH (c:Case {id: $id})
    SET c.state = 'answered', c.outcome = $outcome, c.closed_ms = $now_ms, c.updated_ms = $now_ms,
        c.revision = c.revision + 1, c.history = c.history + $entry
    """
    + mark_case("$mark"),
)
_LINK: Final = Statement(
    "case_answers.link",
    "write",
    """
    UNWIND $decisions AS decision
    MATCH (c:Case {id: $id})
    MATCH (d:Decision {id: decision})
    MERGE (c)-[:ANSWERED_BY]->(d)
    """,
)
_FETCH_ANSWERED: Final = Statement(
    "case_answers.fetch_answered",
    "read",
    "MATCH (:Decision {id: $decision})<-[:ANSWERED_BY]-(c:Case) WHERE c.state = 'answered' RETURN c.key AS key",
)


async def answer_case(
    tx: Transaction, case_id: str, *, outcome: str, decisions: Collection[str], author: str, note: str, now_ms: int
) -> None:
    """Close a case with its answer and the decisions, by id, that the answer consists of."""
    entry = history_entry(now_ms, author, note)
    await tx.run(_ANSWER, id=case_id, outcome=outcome, now_ms=now_ms, entry=entry, mark=draw_key())
    if decisions:
        await tx.run(_LINK, id=case_id, decisions=sorted(decisions))


async def fetch_answered(reader: Reader, decision: str) -> list[str]:
    """The keys of the cases that a decision answers, sorted."""
    return sorted(row["key"] for row in await read_rows(reader, _FETCH_ANSWERED, decision=decision))
