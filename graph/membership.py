"""What makes a membership: facts that hang on records, beside the orders that count towards a tier.

Facts are nodes of several labels, each with `key` (that of the operation that brought it) and `programme`. They go
where their record goes, so that merging and parting persons writes none of them. Who changes what a person has locks
the person; who merges persons does too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, LiteralString, NamedTuple, TypeAlias

from neo4j import Record

from graph.database import Transaction
from graph.ledger_rows import entry_key, operation_row, read_entry
from graph.orders import NOT_SPENT
from graph.reading import Reader, read_list, read_rows
from graph.statement import Statement
from hub.core.ledger import Entry, Operation

Label: TypeAlias = Literal["Enrolment", "TierGrant", "PaidTerm", "Entitlement", "BenefitUse", "Coupon"]

_UNPAID: Final = ("created", "deposit_paid")
"""Statuses of orders that nothing was paid for in full; asked of those only that were stored without their payment."""


def _fetch(name: LiteralString, found: LiteralString) -> Statement:
    """Read records `r` of persons `p` that are found so."""
    return Statement(
        "membership.fetch_by_" + name,
        "read",
        found
        + """
    WITH p, r,
         [(r)-[:HAS]->(n) WHERE n.programme = $programme | [labels(n)[0], properties(n)]] AS facts,
         [(r)<-[:PLACED_BY]-(o:Order)
          WHERE NOT o.status IN $not_spent AND (o.paid_ms IS NOT NULL OR NOT o.status IN $unpaid) |
          [coalesce(o.paid_ms, o.placed_ms), o.amount_fen - coalesce(o.refunded_fen, 0), o.store]] AS orders,
         [(r)-[:HOLDS]->(a:Account) WHERE a.programme = $programme AND a.asset = 'points' |
          [a.key, a.entries]] AS accounts
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


def _attach(label: LiteralString) -> Statement:
    return Statement(
        "membership.attach_" + label,
        "write",
        "MATCH (r:Record {birth_id: $birth_id}) CREATE (r)-[:HAS]->(n:"
        + label
        + ") SET n = $properties CREATE (o:Operation) SET o = $operation",
    )


def _change(label: LiteralString) -> Statement:
    return Statement(
        "membership.change_" + label,
        "write",
        "MATCH (n:" + label + " {key: $key}) SET n += $properties CREATE (o:Operation) SET o = $operation",
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
_FETCH_EARNED: Final = Statement(
    "membership.fetch_earned",
    "read",
    """
    UNWIND $keys AS key
    MATCH (e:Entry {key: key})
    WHERE e.kind IN ['earn', 'reverse']
    RETURN e.key, e.at_ms, e.kind, e.body
    """,
)
_LOCK_BY_ID: Final = _lock("id", "(r:Record {birth_id: $id})")
_LOCK_BY_RECORD: Final = _lock("record", "(r:Record {key: $id})")
_LOCK_BY_GRANT: Final = _lock("grant", "(r:Record)-[:HAS]->(:TierGrant {key: $id})")
_LOCK_BY_TERM: Final = _lock("term", "(r:Record)-[:HAS]->(:PaidTerm {key: $id})")
_LOCK_BY_CODE: Final = _lock("code", "(r:Record)-[:HAS]->(:Coupon {code: $id})")
_ATTACH_ENROLMENT: Final = _attach("Enrolment")
_ATTACH_GRANT: Final = _attach("TierGrant")
_ATTACH_TERM: Final = _attach("PaidTerm")
_ATTACH_ENTITLEMENT: Final = _attach("Entitlement")
_ATTACH_USE: Final = _attach("BenefitUse")
_ATTACH_COUPON: Final = _attach("Coupon")
_CHANGE_GRANT: Final = _change("TierGrant")
_CHANGE_TERM: Final = _change("PaidTerm")
_CHANGE_COUPON: Final = _change("Coupon")
_FIND_COUPON: Final = Statement(
    "membership.find_coupon",
    "read",
    """
    MATCH (n:Coupon {code: $code})
    OPTIONAL MATCH (n)<-[:HAS]-(:Record)-[:OF]->(p:Person)
    RETURN p.id AS person, properties(n) AS coupon
    """,
)
_FIND_ISSUED: Final = Statement(
    "membership.find_issued",
    "read",
    """
    MATCH (n:Coupon {key: $key})
    OPTIONAL MATCH (n)<-[:HAS]-(:Record)-[:OF]->(p:Person)
    RETURN p.id AS person, properties(n) AS coupon
    """,
)
_WITHDRAW: Final = Statement(
    "membership.withdraw",
    "write",
    """
    UNWIND $keys AS key
    MATCH (n:Enrolment {key: key})
    SET n.withdrawn_ms = $at_ms
    WITH count(n) AS withdrawn
    CREATE (o:Operation) SET o = $operation
    """,
)

_LOCKS: Final = {
    "id": _LOCK_BY_ID,
    "record": _LOCK_BY_RECORD,
    "grant": _LOCK_BY_GRANT,
    "term": _LOCK_BY_TERM,
    "code": _LOCK_BY_CODE,
}
_ATTACHES: Final[Mapping[Label, Statement]] = {
    "Enrolment": _ATTACH_ENROLMENT,
    "TierGrant": _ATTACH_GRANT,
    "PaidTerm": _ATTACH_TERM,
    "Entitlement": _ATTACH_ENTITLEMENT,
    "BenefitUse": _ATTACH_USE,
    "Coupon": _ATTACH_COUPON,
}
_CHANGES: Final[Mapping[Label, Statement]] = {
    "TierGrant": _CHANGE_GRANT,
    "PaidTerm": _CHANGE_TERM,
    "Coupon": _CHANGE_COUPON,
}


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
        accounts: those of points, with the number of their entries.
    """

    person: str
    golden: str | None
    record: str
    birth_id: str
    created_ms: int
    facts: tuple[Fact, ...]
    bought: tuple[Bought, ...]
    accounts: tuple[tuple[str, int], ...]


class Locked(NamedTuple):
    """A person, locked by way of one of their records."""

    person: str
    birth_id: str


class StoredCoupon(NamedTuple):
    """A coupon, and who holds it; nobody where its holder is erased."""

    person: str | None
    properties: dict[str, Any]


async def fetch_by_id(reader: Reader, programme: str, any_id: str) -> list[MemberRecord]:
    """The records of the person behind any id that was given out, by key; none where nobody living is."""
    return _read(await read_list(reader, _FETCH_BY_ID, id=any_id, **_scope(programme)))


async def fetch_by_records(reader: Reader, programme: str, records: Collection[str]) -> list[MemberRecord]:
    """These records, by key."""
    return _read(await read_list(reader, _FETCH_BY_RECORDS, records=sorted(records), **_scope(programme)))


async def fetch_by_persons(reader: Reader, programme: str, persons: Collection[str]) -> list[MemberRecord]:
    """All records of these persons, by key. One statement for all of them."""
    return _read(await read_list(reader, _FETCH_BY_PERSONS, persons=sorted(persons), **_scope(programme)))


async def fetch_earned(reader: Reader, accounts: Iterable[tuple[str, int]]) -> list[Entry]:
    """The entries by which points were earned or taken back, of accounts with the number of their entries."""
    keys = [entry_key(account, number) for account, last in accounts for number in range(1, last + 1)]
    return [read_entry(*row) for row in await read_rows(reader, _FETCH_EARNED, keys=keys)] if keys else []


async def lock_member(
    tx: Transaction, by: Literal["id", "record", "grant", "term", "code"], value: str
) -> Locked | None:
    """Lock the person of a record; None where there is no such thing, or nobody living.

    Args:
        by: what the value is: an id that was given out, a record's key, the key of a grant or of a paid term, or a
            coupon's code.
    """
    rows = await tx.run(_LOCKS[by], id=value)
    return Locked(*rows[0]) if rows else None


async def attach_fact(
    tx: Transaction, label: Label, birth_id: str, properties: Mapping[str, Any], operation: Operation
) -> None:
    """Hang a new fact on a record, and keep the operation that brought it; the fact gets its key."""
    said = {"key": operation.key, "programme": operation.programme, **properties}
    await tx.run(_ATTACHES[label], birth_id=birth_id, properties=said, operation=operation_row(operation))


async def change_fact(
    tx: Transaction, label: Label, key: str, properties: Mapping[str, Any], operation: Operation
) -> None:
    """Add to what a fact says, and keep the operation that does."""
    await tx.run(_CHANGES[label], key=key, properties=dict(properties), operation=operation_row(operation))


async def withdraw_consents(tx: Transaction, keys: Collection[str], at_ms: int, operation: Operation) -> None:
    """Say of enrolments that their consent ended, and keep the operation that ended it."""
    await tx.run(_WITHDRAW, keys=sorted(keys), at_ms=at_ms, operation=operation_row(operation))


async def find_coupon(reader: Reader, code: str) -> StoredCoupon | None:
    """A coupon by its code."""
    return _read_coupon(await read_rows(reader, _FIND_COUPON, code=code))


async def find_issued(reader: Reader, key: str) -> StoredCoupon | None:
    """The coupon that an operation issued."""
    return _read_coupon(await read_rows(reader, _FIND_ISSUED, key=key))


def _scope(programme: str) -> dict[str, Any]:
    return {"programme": programme, "not_spent": list(NOT_SPENT), "unpaid": list(_UNPAID)}


def _read_coupon(rows: Sequence[Record]) -> StoredCoupon | None:
    return StoredCoupon(rows[0]["person"], dict(rows[0]["coupon"])) if rows else None


def _read(rows: Iterable[list[Any]]) -> list[MemberRecord]:
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
        tuple(sorted((key, entries) for key, entries in accounts)),
    )
