"""Stewards' decisions as stored: what was decided on records and identifiers, by whom, why, and whether it still holds.

What the partition reads is kept beside the evidence: a live decision on two records is a `RULED` between them, a pin
is in `Record.pins`, a lift in `Identifier.lifted`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import orjson

from graph.database import Graph, Transaction
from graph.evidence import IdentifierState
from graph.reading import Reader, read_rows
from graph.statement import Statement

Kind = Literal["must_link", "cannot_link", "pin", "lift"]

SHOWN: Final = """
           d.id, d.kind, d.author, d.reason, d.decided_ms, d.left, d.right, d.field, d.value,
           coalesce(head([(d)-[:ON]->(i:Identifier) | i.key]), ''), d.allowed,
           d.withdrawn_ms, coalesce(d.withdrawn_by, ''), coalesce(d.withdrawal_reason, ''),
           coalesce(head([(d)-[:ON]->(i:Identifier) | i.type + ' ' + i.masked]), '')
    """
"""What is read of a decision `d`, in the order of `Decision`."""

_DECISION: Final = "RETURN" + SHOWN
_CREATE: Final = Statement(
    "decisions.create",
    "write",
    """
    UNWIND $rows AS row
    CREATE (:Decision {id: row[0], kind: row[1], author: row[2], reason: row[3], decided_ms: row[4], left: row[5],
                       right: row[6], field: row[7], value: row[8], allowed: row[9]})
    """,
)
_ATTACH_TO_RECORDS: Final = Statement(
    "decisions.attach_to_records",
    "write",
    """
    UNWIND $rows AS row
    MATCH (d:Decision {id: row[0]})
    MATCH (r:Record {key: row[1]})
    CREATE (d)-[:ON]->(r)
    """,
)
_ATTACH_TO_IDENTIFIERS: Final = Statement(
    "decisions.attach_to_identifiers",
    "write",
    """
    UNWIND $rows AS row
    MATCH (d:Decision {id: row[0]})
    MATCH (i:Identifier {key: row[1]})
    CREATE (d)-[:ON]->(i)
    """,
)
_RULE: Final = Statement(
    "decisions.rule",
    "write",
    """
    UNWIND $rows AS row
    MATCH (left:Record {key: row[1]})
    MATCH (right:Record {key: row[2]})
    CREATE (left)-[:RULED {decision: row[0], apart: row[3], basis: row[4]}]->(right)
    """,
)
_REBASE: Final = Statement(
    "decisions.rebase",
    "write",
    """
    UNWIND $rows AS row
    MATCH (:Record {key: row[1]})-[d:RULED {decision: row[0]}]->(:Record {key: row[2]})
    SET d.basis = row[3]
    """,
)
_UNRULE: Final = Statement(
    "decisions.unrule",
    "write",
    """
    UNWIND $rows AS row
    MATCH (:Record {key: row[1]})-[d:RULED {decision: row[0]}]->(:Record {key: row[2]})
    DELETE d
    """,
)
_SET_PINS: Final = Statement(
    "decisions.set_pins", "write", "UNWIND $rows AS row MATCH (r:Record {key: row[0]}) SET r.pins = row[1]"
)
_SET_LIFTED: Final = Statement(
    "decisions.set_lifted", "write", "UNWIND $rows AS row MATCH (i:Identifier {key: row[0]}) SET i.lifted = row[1]"
)
_WITHDRAW: Final = Statement(
    "decisions.withdraw",
    "write",
    """
    MATCH (d:Decision {id: $id})
    SET d.withdrawn_ms = $now_ms, d.withdrawn_by = $author, d.withdrawal_reason = $reason
    """,
)
_FETCH: Final = Statement("decisions.fetch", "read", "UNWIND $ids AS id MATCH (d:Decision {id: id})" + _DECISION)
_FETCH_LIFTS: Final = Statement(
    "decisions.fetch_lifts",
    "read",
    """
    UNWIND $keys AS key
    MATCH (:Identifier {key: key})<-[:ON]-(d:Decision)
    WHERE d.kind = 'lift' AND d.withdrawn_ms IS NULL
    """
    + _DECISION,
)
_FETCH_PAGE: Final = Statement(
    "decisions.fetch_page",
    "read",
    """
    MATCH (d:Decision)
    WHERE d.id < $before AND (NOT $live OR d.withdrawn_ms IS NULL)
    WITH d ORDER BY d.id DESC LIMIT $limit
    """
    + _DECISION,
)
_FETCH_ON_RECORD: Final = Statement(
    "decisions.fetch_on_record",
    "read",
    """
    MATCH (:Record {key: $record})<-[:ON]-(d:Decision)
    WHERE d.id < $before AND (NOT $live OR d.withdrawn_ms IS NULL)
    WITH d ORDER BY d.id DESC LIMIT $limit
    """
    + _DECISION,
)
_FETCH_RULINGS: Final = Statement(
    "decisions.fetch_rulings",
    "read",
    """
    UNWIND $keys AS key
    MATCH (r:Record {key: key})-[d:RULED]-(other:Record)
    RETURN d.decision AS decision, r.key AS record, other.key AS other, d.apart AS apart, d.basis AS basis
    """,
)
_FETCH_IDENTIFIERS: Final = Statement(
    "decisions.fetch_identifiers",
    "read",
    """
    UNWIND $keys AS key
    MATCH (i:Identifier {key: key})
    RETURN i.key, i.type, i.live, i.blocked, i.lifted, i.releases, i.cases
    """,
)
_FETCH_HOLDERS: Final = Statement(
    "decisions.fetch_holders",
    "read",
    """
    MATCH (:Identifier {key: $key})<-[c:CLAIMS]-(r:Record)
    WHERE c.valid_to_ms IS NULL
    RETURN DISTINCT r.key AS key LIMIT $limit
    """,
)
_NEWEST: Final = "~"  # sorts behind every ULID


@dataclass(frozen=True, slots=True)
class Decision:
    """What a steward decided.

    Attributes:
        id: a ULID; later decisions have greater ones.
        kind: `must_link` and `cannot_link` are on the records `left` and `right` (the smaller key is left), `pin` is
            on the record `left` and its profile's `field`, `lift` is on an `identifier`'s key (which the graph knows
            by the link to it alone: keys change with the identity key).
        allowed: how many records may share the lifted identifier.
        withdrawn_ms: None while it holds.
        shown: the lifted identifier's type and masked value.
        settled: False where its consequences wait for the background job. Not stored: the answer to making or
            withdrawing it says so.
        repeated: it was made, or withdrawn, before it was asked for. Not stored either.
    """

    id: str
    kind: Kind
    author: str
    reason: str
    decided_ms: int
    left: str = ""
    right: str = ""
    field: str = ""
    value: str = ""
    identifier: str = ""
    allowed: int | None = None
    withdrawn_ms: int | None = None
    withdrawn_by: str = ""
    withdrawal_reason: str = ""
    shown: str = ""
    settled: bool = True
    repeated: bool = dataclasses.field(default=False, compare=False)

    @property
    def records(self) -> tuple[str, ...]:
        """The records that it is on."""
        return tuple(record for record in (self.left, self.right) if record)

    @property
    def live(self) -> bool:
        """Whether it still holds."""
        return self.withdrawn_ms is None


class StoredPin(NamedTuple):
    """A field's value as a steward pinned it on a record; `decision` is the decision's id."""

    value: str
    author: str
    reason: str
    pinned_ms: int
    decision: str


class RuledPair(NamedTuple):
    """A live decision on two records, the smaller key left; `basis` as in `graph.component.StoredRuling`."""

    decision: str
    left: str
    right: str
    apart: bool
    basis: int | None


async def create_decisions(tx: Transaction, made: Iterable[Decision], bases: Mapping[str, int | None]) -> None:
    """Store these decisions with what hangs on them; pins and lifts are set apart. `bases` are by decision."""
    decisions = sorted(made, key=lambda one: one.id)
    if not decisions:
        return
    await tx.run(
        _CREATE,
        rows=[
            [
                one.id, one.kind, one.author, one.reason, one.decided_ms, one.left, one.right, one.field, one.value,
                one.allowed,
            ]
            for one in decisions
        ],
    )  # fmt: skip
    if rows := [[one.id, record] for one in decisions for record in one.records]:
        await tx.run(_ATTACH_TO_RECORDS, rows=rows)
    if rows := [[one.id, one.identifier] for one in decisions if one.identifier]:
        await tx.run(_ATTACH_TO_IDENTIFIERS, rows=rows)
    ruled: list[list[Any]] = [
        [one.id, one.left, one.right, one.kind == "cannot_link", bases.get(one.id)] for one in decisions if one.right
    ]
    if ruled:
        await tx.run(_RULE, rows=ruled)


async def rebase_rulings(tx: Transaction, rebased: Iterable[tuple[Decision, int | None]]) -> None:
    """Store against what evidence these decisions were confirmed."""
    if rows := [[one.id, one.left, one.right, basis] for one, basis in rebased]:
        await tx.run(_REBASE, rows=rows)


async def withdraw(tx: Transaction, decision: Decision, *, author: str, reason: str, now_ms: int) -> None:
    """End a decision; pins and lifts are set apart."""
    await tx.run(_WITHDRAW, id=decision.id, now_ms=now_ms, author=author, reason=reason)
    if decision.right:
        await tx.run(_UNRULE, rows=[[decision.id, decision.left, decision.right]])


async def set_pins(tx: Transaction, pins: Mapping[str, Mapping[str, StoredPin]]) -> None:
    """Have exactly these pins on these records, by record and field."""
    if pins:
        await tx.run(_SET_PINS, rows=[[record, encode_pins(pins[record])] for record in sorted(pins)])


async def set_lifted(tx: Transaction, lifted: Mapping[str, int | None]) -> None:
    """Allow so many records to share these identifiers; None: as many as the policy."""
    if lifted:
        await tx.run(_SET_LIFTED, rows=[[key, lifted[key]] for key in sorted(lifted)])


async def fetch_decisions(reader: Reader, ids: Collection[str]) -> dict[str, Decision]:
    """Decisions by id; unknown ids are left out."""
    rows = await read_rows(reader, _FETCH, ids=sorted(ids)) if ids else []
    return {row[0]: Decision(*row) for row in rows}


async def fetch_lifts(reader: Reader, identifiers: Collection[str]) -> list[Decision]:
    """The live lifts of these identifiers, oldest first."""
    rows = await read_rows(reader, _FETCH_LIFTS, keys=sorted(identifiers)) if identifiers else []
    return sorted((Decision(*row) for row in rows), key=lambda one: one.id)


async def fetch_page(graph: Graph, *, live: bool, record: str | None, before: str | None, limit: int) -> list[Decision]:
    """Decisions that are older than `before` (None: from the newest), newest first; of one record, if it is given."""
    start = before or _NEWEST
    if record is None:
        rows = await graph.read(_FETCH_PAGE, live=live, before=start, limit=limit)
    else:
        rows = await graph.read(_FETCH_ON_RECORD, live=live, record=record, before=start, limit=limit)
    return sorted((Decision(*row) for row in rows), key=lambda one: one.id, reverse=True)


async def fetch_rulings(reader: Reader, records: Iterable[str]) -> list[RuledPair]:
    """Live decisions on these records and on all that must-links connect to them, by id."""
    found: dict[str, RuledPair] = {}
    asked: set[str] = set()
    following = set(records)
    while following:
        asked |= following
        reached: set[str] = set()
        for row in await read_rows(reader, _FETCH_RULINGS, keys=sorted(following)):
            left, right = sorted((row["record"], row["other"]))
            found[row["decision"]] = RuledPair(row["decision"], left, right, row["apart"], row["basis"])
            if not row["apart"]:
                reached.add(row["other"])
        following = reached - asked
    return [found[key] for key in sorted(found)]


async def fetch_identifiers(reader: Reader, keys: Collection[str]) -> dict[str, IdentifierState]:
    """The states of identifiers by key; unknown ones are left out."""
    rows = await read_rows(reader, _FETCH_IDENTIFIERS, keys=sorted(keys)) if keys else []
    states = (IdentifierState(*row) for row in rows)
    return {state.key: state._replace(releases=tuple(state.releases)) for state in states}


async def fetch_holders(reader: Reader, identifier: str, *, limit: int) -> list[str]:
    """Records that claim an identifier now, at most `limit`, sorted."""
    return sorted(row["key"] for row in await read_rows(reader, _FETCH_HOLDERS, key=identifier, limit=limit))


def encode_pins(pins: Mapping[str, StoredPin]) -> str | None:
    """The stored text of a record's pins by field, None where there is none."""
    if not pins:
        return None
    return orjson.dumps({field: pin._asdict() for field, pin in pins.items()}, option=orjson.OPT_SORT_KEYS).decode()


def decode_pins(text: str | None) -> dict[str, StoredPin]:
    """The pins behind `encode_pins`."""
    return {field: StoredPin(**pin) for field, pin in orjson.loads(text).items()} if text else {}
