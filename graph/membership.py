"""What makes a membership: facts that hang on records, beside the orders that count towards a tier.

Facts are nodes of several labels, each with `key` (that of the operation that brought it) and `programme`. They go
where their record goes, so that merging and parting persons writes none of them. Who changes what a person has locks
the person; who merges persons does too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, LiteralString, NamedTuple, TypeAlias

from graph.database import Transaction
from graph.member_facts import Label
from graph.orders import NOT_SPENT
from graph.reading import Reader, read_list
from graph.statement import Statement

_UNPAID: Final = ("created", "deposit_paid")
"""Statuses of orders that nothing was paid for in full; asked of those only that were stored without their payment."""


FACTS: Final = "[(r)-[:HAS]->(n) WHERE n.programme = $programme | [labels(n)[0], properties(n)]]"
COUNTS: Final = "NOT o.status IN $not_spent AND (o.paid_ms IS NOT NULL OR NOT o.status IN $unpaid)"
"""Whether an order `o` counts towards a tier, with `name_counting`."""
COUNTS_FROM: Final = "coalesce(o.paid_ms, o.placed_ms)"
"""The instant from which on it does."""
BOUGHT: Final = (
    "[(r)<-[:PLACED_BY]-(o:Order) WHERE "
    + COUNTS
    + " | ["
    + COUNTS_FROM
    + ", o.amount_fen - coalesce(o.refunded_fen, 0), o.store]]"
)
POINTS: Final = "[(r)-[:HOLDS]->(a:Account) WHERE a.programme = $programme AND a.asset = 'points' | a.key]"
"""What a statement returns of a record `r` that makes it a member's, for `read_member_records`, with `name_scope`."""


def _fetch(name: LiteralString, found: LiteralString) -> Statement:
    """Read records `r` of persons `p` that are found so."""
    return Statement(
        "membership.fetch_by_" + name,
        "read",
        found
        + """
    WITH p, r, """
        + FACTS
        + " AS facts, "
        + BOUGHT
        + " AS orders, "
        + POINTS
        + """ AS accounts
    RETURN collect([p.id, p.golden, r.key, r.birth_id, r.created_ms, facts, orders, accounts])
        """,
    )


def _lock(name: LiteralString, found: LiteralString) -> Statement:
    """Lock the person of a record `r` that is found so."""
    return Statement(
        "membership.lock_by_" + name,
        "write",
        "MATCH "
        + found
        + """
        MATCH (r)-[:OF]->(p:Person)
        SET p.revision = coalesce(p.revision, 0) + 1
        RETURN p.id AS person, r.birth_id AS birth_id
        """,
    )


_FETCH_BY_ID: Final = _fetch(
    "id",
    """
    MATCH (:Record {birth_id: $id})-[:OF]->(p:Person)
    MATCH (p)<-[:OF]-(r:Record)
    """,
)
_FETCH_BY_RECORDS: Final = _fetch("records", "UNWIND $records AS key MATCH (r:Record {key: key})-[:OF]->(p:Person)")
_FETCH_BY_PERSONS: Final = _fetch("persons", "UNWIND $persons AS id MATCH (p:Person {id: id})<-[:OF]-(r:Record)")
_LOCK_BY_ID: Final = _lock("id", "(r:Record {birth_id: $id})")
_LOCK_BY_RECORD: Final = _lock("record", "(r:Record {key: $id})")
_LOCK_BY_GRANT: Final = _lock("grant", "(:TierGrant {key: $id})<-[:HAS]-(r:Record)")
_LOCK_BY_TERM: Final = _lock("term", "(:PaidTerm {key: $id})<-[:HAS]-(r:Record)")
_LOCK_BY_USE: Final = _lock("use", "(:BenefitUse {key: $id})<-[:HAS]-(r:Record)")
_LOCK_BY_CODE: Final = _lock("code", "(:Coupon {code: $id})<-[:HAS]-(r:Record)")
_LOCK_BY_COUPON: Final = _lock("coupon", "(:Coupon {key: $id})<-[:HAS]-(r:Record)")
_LOCKS: Final = {
    "id": _LOCK_BY_ID,
    "record": _LOCK_BY_RECORD,
    "grant": _LOCK_BY_GRANT,
    "term": _LOCK_BY_TERM,
    "use": _LOCK_BY_USE,
    "code": _LOCK_BY_CODE,
    "coupon": _LOCK_BY_COUPON,
}


By: TypeAlias = Literal["id", "record", "grant", "term", "use", "code", "coupon"]


class Fact(NamedTuple):
    """A node that hangs on a record."""

    label: Label
    properties: dict[str, Any]


class Bought(NamedTuple):
    """An order that counts: when it was paid in full, for how much net of refunds, where."""

    at_ms: int
    amount_fen: int
    store: str | None


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A living record with what makes it a member's.

    Attributes:
        person, golden: whose it is now, and their stored golden record.
        accounts: those of points, by key.
    """

    person: str
    golden: str | None
    record: str
    birth_id: str
    created_ms: int
    facts: tuple[Fact, ...]
    bought: tuple[Bought, ...]
    accounts: tuple[str, ...]


class Locked(NamedTuple):
    """A person, locked by way of one of their records."""

    person: str
    birth_id: str


async def fetch_by_id(reader: Reader, programme: str, any_id: str) -> list[MemberRecord]:
    """The records of the person behind any id that was given out, by key; none where nobody living is."""
    rows = await read_list(reader, _FETCH_BY_ID, id=any_id, **name_scope(programme))
    return read_member_records(rows)


async def fetch_by_records(reader: Reader, programme: str, records: Collection[str]) -> list[MemberRecord]:
    """These records, by key."""
    rows = await read_list(reader, _FETCH_BY_RECORDS, records=sorted(records), **name_scope(programme))
    return read_member_records(rows)


async def fetch_by_persons(reader: Reader, programme: str, persons: Collection[str]) -> list[MemberRecord]:
    """All records of these persons, by key. One statement for all of them."""
    rows = await read_list(reader, _FETCH_BY_PERSONS, persons=sorted(persons), **name_scope(programme))
    return read_member_records(rows)


async def lock_member(tx: Transaction, by: By, value: str) -> Locked | None:
    """Lock the person of a record; None where there is no such thing, or nobody living.

    Args:
        by: what the value is: an id that was given out, a record's key, the key of a grant, a paid term, a use or a
            coupon, or a coupon's code.
    """
    rows = await tx.run(_LOCKS[by], id=value)
    return Locked(*rows[0]) if rows else None


def name_scope(programme: str) -> dict[str, Any]:
    """The parameters of statements that read members of a programme."""
    return {"programme": programme, **name_counting()}


def name_counting() -> dict[str, Any]:
    """The parameters of `COUNTS`."""
    return {"not_spent": list(NOT_SPENT), "unpaid": list(_UNPAID)}


def read_member_records(rows: Iterable[list[Any]]) -> list[MemberRecord]:
    """Records by key, of rows in the order of the fields of `MemberRecord`."""
    found = [_read_record(row) for row in rows]
    return sorted(found, key=lambda one: one.record)


def _read_record(row: list[Any]) -> MemberRecord:
    person, golden, record, birth_id, created_ms, facts, orders, accounts = row
    told = (Fact(label, dict(properties)) for label, properties in facts)
    return MemberRecord(
        person,
        golden,
        record,
        birth_id,
        created_ms,
        tuple(sorted(told, key=lambda fact: str(fact.properties["key"]))),
        tuple(sorted((Bought(*order) for order in orders), key=lambda one: (one.at_ms, one.amount_fen))),
        tuple(sorted(accounts)),
    )
