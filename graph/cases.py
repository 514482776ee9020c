"""Cases as stored: questions that the evidence leaves open, each about one identifier or decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from graph.changes import draw_key, mark_case
from graph.database import Transaction
from graph.reading import Reader, read_rows
from graph.statement import Statement

_KNOWN: Final = """
    RETURN DISTINCT c.key AS key, c.id AS id, c.state AS state, c.kind AS kind, c.sides AS sides, c.reasons AS reasons,
                    c.outcome AS outcome, c.score AS score
    """
_FETCH_ABOUT: Final = Statement(
    "cases.fetch_about",
    "read",
    "UNWIND $keys AS key MATCH (:Identifier {key: key})<-[:ABOUT]-(c:Case)" + _KNOWN,
)
_FETCH_BY_KEYS: Final = Statement(
    "cases.fetch_by_keys", "read", "UNWIND $keys AS key MATCH (c:Case {key: key})" + _KNOWN
)
_FETCH_SIMILAR: Final = Statement(
    "cases.fetch_similar",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Record {key: key})<-[:INVOLVES]-(c:Case)
    WHERE c.kind = 'weak_similarity' AND c.state = 'open'
    """
    + _KNOWN,
)
_OPEN: Final = Statement(
    "cases.open",
    "write",
    """
    UNWIND $rows AS row
    MERGE (c:Case {key: row[0]})
    ON CREATE SET c.id = row[1], c.opened_ms = $now_ms, c.history = [], c.revision = 0
    SET c.kind = row[2], c.type = row[3], c.sides = row[4], c.reasons = row[5], c.value_fen = row[6],
        c.records = row[7], c.score = row[8], c.state = 'open', c.outcome = null, c.closed_ms = null,
        c.updated_ms = $now_ms, c.revision = c.revision + 1, c.history = c.history + row[9],
        c.waterfall = coalesce(row[12], c.waterfall)
    """
    + mark_case("row[13]")
    + """
    WITH c, row
    CALL (c, row) {
        UNWIND row[10] AS key
        MATCH (i:Identifier {key: key})
        MERGE (c)-[:ABOUT]->(i)
        SET i.cases = 1
        RETURN count(i) AS subjects
    }
    CALL (c, row) {
        UNWIND row[11] AS key
        MATCH (r:Record {key: key})
        MERGE (c)-[:INVOLVES]->(r)
        RETURN count(r) AS involved
    }
    RETURN c.id AS id
    """,
)
_CLOSE: Final = Statement(
    "cases.close",
    "write",
    """
    UNWIND $rows AS row
    MATCH (c:Case {key: row[0]})
    SET c.state = 'moot', c.outcome = $outcome, c.closed_ms = $now_ms, c.updated_ms = $now_ms,
        c.revision = c.revision + 1, c.history = c.history + $entry
    """
    + mark_case("row[1]"),
)
_SUM_HELD: Final = Statement(
    "cases.sum_held",
    "read",
    """
    UNWIND $keys AS key
    CALL (key) {
        MATCH (:Identifier {key: key})<-[c:CLAIMS]-(r:Record)
        WHERE c.valid_to_ms IS NULL
        WITH DISTINCT r LIMIT 200
        OPTIONAL MATCH (r)<-[:PLACED_BY]-(o:Order)
        RETURN coalesce(sum(o.amount_fen), 0) AS amount_fen
    }
    RETURN key, amount_fen
    """,
)
_SUM_STAKES: Final = Statement(
    "cases.sum_stakes",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Record {key: key})<-[:PLACED_BY]-(o:Order)
    RETURN key, sum(o.amount_fen) AS amount_fen
    """,
)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A question to be asked.

    Attributes:
        key: the same for the same question: `identifier:`, `quarantine:` or `ruling:` before what it is about,
            `similar:` before the birth ids of two records.
        kind: `limit_exceeded`, `shared_identifier`, `recycled_phone`, `blast_radius`, `conflicting_decisions`,
            `stronger_evidence`, `weak_similarity`.
        type: of the identifier that it is about; empty where it is about none.
        sides: the records on each side, sorted.
        about: keys of the identifiers.
        score: how likely the sides are one person, 0 to 1, where something was computed; else None.
        holders: how many records hold the identifier, for a case that has no sides.
        waterfall: JSON of how the score of a weak similarity came about, see `graph.similarity.Waterfall`; None leaves
            what is stored.
    """

    key: str
    kind: str
    type: str
    sides: tuple[tuple[str, ...], ...]
    reasons: tuple[str, ...]
    about: tuple[str, ...] = ()
    score: float | None = None
    holders: int = 0
    waterfall: str | None = None

    @property
    def records(self) -> set[str]:
        """All records involved."""
        return {record for side in self.sides for record in side}


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case as far as evidence decides on it.

    Attributes:
        state: `open`, `moot` or `answered`.
        outcome: the answer (`same`, `different`, `lift`, `dismiss`), or why it is moot; None while it is open.
        score: as in `OpenCase`.
    """

    key: str
    id: str
    state: str
    kind: str
    sides: tuple[tuple[str, ...], ...]
    reasons: tuple[str, ...]
    outcome: str | None = None
    score: float | None = None

    @property
    def records(self) -> set[str]:
        """All records involved."""
        return {record for side in self.sides for record in side}


async def fetch_known(
    reader: Reader, *, identifiers: Collection[str] = (), keys: Collection[str] = (), records: Collection[str] = ()
) -> dict[str, StoredCase]:
    """Cases by key: those about these identifiers, those with these keys, and open ones on the likeness of records."""
    asked = ((_FETCH_ABOUT, identifiers), (_FETCH_BY_KEYS, keys), (_FETCH_SIMILAR, records))
    rows = [
        row for statement, wanted in asked if wanted for row in await read_rows(reader, statement, keys=sorted(wanted))
    ]
    return {
        row["key"]: StoredCase(
            row["key"], row["id"], row["state"], row["kind"], decode_sides(row["sides"]), tuple(row["reasons"]),
            row["outcome"], row["score"],
        )
        for row in rows
    }  # fmt: skip


async def open_cases(
    tx: Transaction, cases: Iterable[OpenCase], *, ids: Iterator[str], now_ms: int, note: str, unsold: bool = False
) -> None:
    """Ask these questions, anew where they were asked before; the identifiers and records must be there.

    `ids` are drawn from for new cases. `unsold`: nobody involved can have bought anything yet.
    """
    opened = sorted(cases, key=lambda case: case.key)
    if not opened:
        return
    stakes = {} if unsold else await _sum_stakes(tx, opened)
    entry = history_entry(now_ms, "", note)
    rows: list[list[Any]] = [
        [
            case.key, next(ids), case.kind, case.type, encode_sides(case.sides), list(case.reasons),
            sum(stakes.get(key, 0) for key in (case.records or case.about)), len(case.records) or case.holders,
            case.score, entry,
            list(case.about), sorted(case.records), case.waterfall, draw_key(),
        ]
        for case in opened
    ]  # fmt: skip
    await tx.run(_OPEN, rows=rows, now_ms=now_ms)


async def _sum_stakes(tx: Transaction, opened: Iterable[OpenCase]) -> dict[str, int]:
    """What was bought, by record, and by identifier for cases without sides."""
    involved = sorted({record for case in opened for record in case.records})
    stakes = {row["key"]: row["amount_fen"] for row in await tx.run(_SUM_STAKES, keys=involved)} if involved else {}
    held = sorted({key for case in opened if not case.sides for key in case.about})
    if held:
        stakes.update({row["key"]: row["amount_fen"] for row in await tx.run(_SUM_HELD, keys=held)})
    return stakes


async def close_moot(tx: Transaction, keys: Collection[str], *, now_ms: int, reason: str) -> None:
    """Close what evidence has answered meanwhile."""
    if keys:
        entry = history_entry(now_ms, "", reason)
        rows = [[key, draw_key()] for key in sorted(keys)]
        await tx.run(_CLOSE, rows=rows, outcome=reason, now_ms=now_ms, entry=entry)


def encode_sides(sides: Iterable[Iterable[str]]) -> str:
    """The stored text of sides: a JSON list of lists of record keys."""
    return orjson.dumps([list(side) for side in sides]).decode()


def decode_sides(text: str) -> tuple[tuple[str, ...], ...]:
    """The sides behind `encode_sides`."""
    return tuple(tuple(side) for side in orjson.loads(text))


def history_entry(at_ms: int, author: str, text: str) -> str:
    """A line of a case's history: JSON of instant, author (empty: the hub itself) and what happened."""
    return orjson.dumps([at_ms, author, text]).decode()
