"""Everything that is stored about one person, read inside of the transaction that exports or erases it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, NamedTuple

from graph.database import Transaction
from graph.statement import Statement

_FIND_SUBJECT: Final = Statement(
    "personal_data.find_subject",
    "read",
    """
    MATCH (r:Record {birth_id: $id})
    OPTIONAL MATCH (r)-[:OF]->(p:Person)
    RETURN p.id, r.receipt
    """,
)
_FETCH_RECORDS: Final = Statement(
    "personal_data.fetch_records",
    "read",
    """
    MATCH (:Person {id: $id})<-[o:OF]-(r:Record)
    RETURN r.key, r.system, r.external_id, r.birth_id, r.created_ms, r.profile, r.pins, o.since_ms,
           [(r)-[w:WAS_OF]->(was:Person) | [was.id, w.since_ms, w.until_ms]],
           [(r)-[c:CLAIMS]->(i:Identifier) |
            [i.key, i.type, i.scope, i.masked, i.sealed, c.valid_from_ms, c.valid_to_ms, c.stated_ms, c.sources,
             c.proofs]]
    ORDER BY r.key
    """,
)
_FETCH_ORDERS: Final = Statement(
    "personal_data.fetch_orders",
    "read",
    """
    UNWIND $records AS record
    MATCH (:Record {key: record})<-[:PLACED_BY]-(o:Order)
    RETURN o.key, o.system, o.order_id, record, o.amount_fen, o.header, o.lines
    ORDER BY o.key
    """,
)
_FETCH_MEMBERSHIP: Final = Statement(
    "personal_data.fetch_membership",
    "read",
    """
    UNWIND $records AS record
    MATCH (:Record {key: record})-[:HAS]->(n)
    RETURN record, labels(n)[0], properties(n)
    """,
)
_FETCH_CASES: Final = Statement(
    "personal_data.fetch_cases",
    "read",
    """
    UNWIND $records AS record
    MATCH (:Record {key: record})<-[:INVOLVES]-(c:Case)
    WITH DISTINCT c
    RETURN properties(c) AS properties
    ORDER BY c.id
    """,
)
_FETCH_CASES_ABOUT: Final = Statement(
    "personal_data.fetch_cases_about",
    "read",
    """
    UNWIND $identifiers AS key
    MATCH (:Identifier {key: key})<-[:ABOUT]-(c:Case)
    WITH DISTINCT c
    RETURN properties(c) AS properties
    ORDER BY c.id
    """,
)
_FETCH_RULINGS: Final = Statement(
    "personal_data.fetch_rulings",
    "read",
    """
    UNWIND $records AS record
    MATCH (:Record {key: record})-[d:RULED]-(other:Record)
    OPTIONAL MATCH (n:Decision {id: d.decision})
    RETURN d.decision, d.apart, record, other.key, properties(n)
    ORDER BY d.decision, record
    """,
)
_FETCH_DECISIONS: Final = Statement(
    "personal_data.fetch_decisions",
    "read",
    """
    UNWIND $records AS record
    MATCH (:Record {key: record})<-[:ON]-(d:Decision)
    WITH DISTINCT d
    RETURN properties(d) AS properties
    """,
)
# A decision on one person's phone names whoever it was made for, like one on a record.
_FETCH_DECISIONS_ON: Final = Statement(
    "personal_data.fetch_decisions_on",
    "read",
    """
    UNWIND $identifiers AS key
    MATCH (:Identifier {key: key})<-[:ON]-(d:Decision)
    WITH DISTINCT d
    RETURN properties(d) AS properties
    """,
)
_FETCH_REHEARSALS: Final = Statement(
    "personal_data.fetch_rehearsals",
    "read",
    "MATCH (r:Rehearsal) RETURN r.id, r.report, r.position ORDER BY r.id",
)
_COUNT_CLAIMS: Final = Statement(
    "personal_data.count_claims",
    "read",
    """
    UNWIND $identifiers AS key
    MATCH (i:Identifier {key: key})
    RETURN key, COUNT { (i)<-[:CLAIMS]-(:Record) } AS claims
    """,
)


class Subject(NamedTuple):
    """Where an id stands: the living person's id, or the receipt of its erasure."""

    person_id: str | None
    receipt: str | None


class ClearClaim(NamedTuple):
    """A record's claim with the sealed value of what it claims; `sealed` is None or empty where only a hash is kept.

    `stated_ms`, `sources` and `proofs` are in step.
    """

    key: str
    type: str
    scope: str
    masked: str
    sealed: str | None
    valid_from_ms: int
    valid_to_ms: int | None
    stated_ms: list[int]
    sources: list[str]
    proofs: list[bool]


class SubjectRecord(NamedTuple):
    """A record with all that is stored in and around it; `was_of`: (person id, since, until) of former persons."""

    key: str
    system: str
    external_id: str
    birth_id: str
    created_ms: int
    profile: str
    pins: str | None
    since_ms: int
    was_of: list[list[Any]]
    claims: tuple[ClearClaim, ...]


class SubjectOrder(NamedTuple):
    """An order of one of the records; `header` and `lines` as stored."""

    key: str
    system: str
    order_id: str
    record: str
    amount_fen: int
    header: str
    lines: str


class SubjectFact(NamedTuple):
    """A fact of a membership: an enrolment, a grant, a paid term, an entitlement, a use, a coupon."""

    record: str
    label: str
    properties: dict[str, Any]


class SubjectRuling(NamedTuple):
    """A steward's decision between one of the records and another one, with all properties of its node."""

    decision: str
    apart: bool
    record: str
    other: str
    properties: dict[str, Any] | None


class RehearsedNames(NamedTuple):
    """A rehearsal's report, whose examples name records, and the last record that its application dealt with."""

    id: str
    report: str
    position: str


async def find_subject(tx: Transaction, any_id: str) -> Subject | None:
    """Where an id that was given out stands; None for one that never was."""
    rows = await tx.run(_FIND_SUBJECT, id=any_id)
    return Subject(*rows[0]) if rows else None


async def fetch_subject_records(tx: Transaction, person_id: str) -> list[SubjectRecord]:
    """The records of a living person, by key."""
    return [_record(SubjectRecord(*row)) for row in await tx.run(_FETCH_RECORDS, id=person_id)]


async def fetch_subject_orders(tx: Transaction, records: Collection[str]) -> list[SubjectOrder]:
    """Every order of these records, by key."""
    return [SubjectOrder(*row) for row in await tx.run(_FETCH_ORDERS, records=sorted(records))]


async def fetch_subject_membership(tx: Transaction, records: Collection[str]) -> list[SubjectFact]:
    """What hangs on these records of their memberships, in all programmes, by record and key."""
    rows = await tx.run(_FETCH_MEMBERSHIP, records=sorted(records))
    return sorted((SubjectFact(*row) for row in rows), key=lambda one: (one.record, str(one.properties["key"])))


async def fetch_subject_cases(
    tx: Transaction, records: Collection[str], identifiers: Collection[str] = ()
) -> list[dict[str, Any]]:
    """All properties of the cases that involve these records or are about these identifiers, each case once, by id."""
    rows = await tx.run(_FETCH_CASES, records=sorted(records))
    if identifiers:
        rows += await tx.run(_FETCH_CASES_ABOUT, identifiers=sorted(identifiers))
    found = {row["properties"]["id"]: dict(row["properties"]) for row in rows}
    return [found[case_id] for case_id in sorted(found)]


async def fetch_subject_rulings(tx: Transaction, records: Collection[str]) -> list[SubjectRuling]:
    """The decisions on these records; one between two of them is told from both sides."""
    return [SubjectRuling(*row) for row in await tx.run(_FETCH_RULINGS, records=sorted(records))]


async def fetch_subject_decisions(
    tx: Transaction, records: Collection[str], identifiers: Collection[str] = ()
) -> list[dict[str, Any]]:
    """All properties of the decisions on these records or identifiers, withdrawn ones included, each once, by id."""
    rows = await tx.run(_FETCH_DECISIONS, records=sorted(records))
    if identifiers:
        rows += await tx.run(_FETCH_DECISIONS_ON, identifiers=sorted(identifiers))
    found = {row["properties"]["id"]: dict(row["properties"]) for row in rows}
    found |= {one.decision: one.properties for one in await fetch_subject_rulings(tx, records) if one.properties}
    return [found[decision] for decision in sorted(found)]


async def fetch_rehearsals(tx: Transaction) -> list[RehearsedNames]:
    """Every rehearsal as far as it names records."""
    return [RehearsedNames(*row) for row in await tx.run(_FETCH_REHEARSALS)]


async def count_all_claims(tx: Transaction, identifiers: Collection[str]) -> dict[str, int]:
    """How many claims there are on each of these identifiers, ended ones included."""
    rows = await tx.run(_COUNT_CLAIMS, identifiers=sorted(identifiers))
    return {row["key"]: row["claims"] for row in rows}


def _record(row: SubjectRecord) -> SubjectRecord:
    """In one order, so that equal records are equal."""
    claims = tuple(sorted(ClearClaim(*claim) for claim in row.claims))
    return row._replace(claims=claims, was_of=sorted(row.was_of, key=str))
