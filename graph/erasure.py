"""What an erasure writes: records without a word left in them, identifiers gone, orders that are nobody's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from graph.database import Transaction
from graph.statement import Statement

# A record needs no lock of its own among writers of evidence; an order that is just being linked to it does not ask.
_LOCK_RECORDS: Final = Statement(
    "erasure.lock_records",
    "write",
    "UNWIND $keys AS key MATCH (r:Record {key: key}) SET r.revision = coalesce(r.revision, 0) + 1",
)
# Whatever is linked to a record may tell who it was.
_UNLINK: Final = Statement("erasure.unlink", "write", "UNWIND $keys AS key MATCH (r:Record {key: key})-[l]-() DELETE l")
_BURY: Final = Statement(
    "erasure.bury",
    "write",
    """
    UNWIND $keys AS key
    MATCH (r:Record {key: key})
    WITH r, r.system AS system, r.birth_id AS birth_id, r.created_ms AS created_ms
    SET r = {key: 'erased|' + birth_id, system: system, birth_id: birth_id, created_ms: created_ms,
             erased_ms: $now_ms, receipt: $receipt}
    """,
)
_DELETE_IDENTIFIERS: Final = Statement(
    "erasure.delete_identifiers", "write", "UNWIND $keys AS key MATCH (i:Identifier {key: key}) DETACH DELETE i"
)
# A coupon that was redeemed stays, as nobody's: others bear parts of it.
_DELETE_MEMBERSHIP: Final = Statement(
    "erasure.delete_membership",
    "write",
    """
    UNWIND $keys AS key
    MATCH (:Record {key: key})-[:HAS]->(n)
    WHERE n.redeemed_ms IS NULL
    DETACH DELETE n
    """,
)
_DELETE_STANDINGS: Final = Statement(
    "erasure.delete_standings", "write", "MATCH (:Person {id: $person})-[:STANDS]->(s:Standing) DETACH DELETE s"
)
_DELETE_NOTICES: Final = Statement(
    "erasure.delete_notices", "write", "UNWIND $keys AS key MATCH (:Record {key: key})-[:TOLD]->(n) DETACH DELETE n"
)
_UPDATE_ORDERS: Final = Statement(
    "erasure.update_orders",
    "write",
    "UNWIND $rows AS row MATCH (o:Order {key: row[0]}) SET o.header = row[1]",
)
_UPDATE_CASES: Final = Statement(
    "erasure.update_cases", "write", "UNWIND $rows AS row MATCH (c:Case {id: row[0]}) SET c = row[1]"
)
_UPDATE_DECISIONS: Final = Statement(
    "erasure.update_decisions", "write", "UNWIND $rows AS row MATCH (d:Decision {id: row[0]}) SET d = row[1]"
)
_UPDATE_REHEARSALS: Final = Statement(
    "erasure.update_rehearsals",
    "write",
    "UNWIND $rows AS row MATCH (r:Rehearsal {id: row[0]}) SET r.report = row[1], r.position = row[2]",
)
_FORGET_WORK: Final = Statement(
    "erasure.forget_work", "write", "UNWIND $keys AS key MATCH (u:Unsettled {key: key}) DELETE u"
)
_FIND_NEIGHBOURS: Final = Statement(
    "erasure.find_neighbours",
    "read",
    """
    UNWIND $identifiers AS key
    MATCH (:Identifier {key: key})<-[c:CLAIMS]-(r:Record)
    WHERE c.valid_to_ms IS NULL AND NOT r.key IN $records
    RETURN key, min(r.key) AS record
    """,
)


async def lock_records(tx: Transaction, keys: Collection[str]) -> None:
    """Make whoever links something to these records wait until this transaction ends."""
    await tx.run(_LOCK_RECORDS, keys=sorted(keys))


async def bury_records(tx: Transaction, keys: Collection[str], *, receipt: str, now_ms: int) -> None:
    """Leave of these records their birth ids, systems and instants, and the id of the receipt; unlink them."""
    await tx.run(_UNLINK, keys=sorted(keys))
    await tx.run(_BURY, keys=sorted(keys), receipt=receipt, now_ms=now_ms)
    await tx.run(_FORGET_WORK, keys=sorted(keys))


async def delete_identifiers(tx: Transaction, keys: Collection[str]) -> None:
    """Remove identifiers with whatever is linked to them."""
    if keys:
        await tx.run(_DELETE_IDENTIFIERS, keys=sorted(keys))


async def delete_membership(tx: Transaction, person: str, records: Collection[str]) -> None:
    """Remove what makes a person a member; accounts and redeemed coupons stay, for the totals of others."""
    await tx.run(_DELETE_MEMBERSHIP, keys=sorted(records))
    await tx.run(_DELETE_STANDINGS, person=person)
    await tx.run(_DELETE_NOTICES, keys=sorted(records))


async def update_headers(tx: Transaction, headers: Iterable[tuple[str, str]]) -> None:
    """Replace what is stored of orders besides their lines, by key."""
    if rows := [list(row) for row in sorted(headers)]:
        await tx.run(_UPDATE_ORDERS, rows=rows)


async def replace_cases(tx: Transaction, cases: Mapping[str, Mapping[str, Any]]) -> None:
    """Have these properties on cases and no others, by the cases' ids."""
    if rows := [[case_id, dict(cases[case_id])] for case_id in sorted(cases)]:
        await tx.run(_UPDATE_CASES, rows=rows)


async def replace_decisions(tx: Transaction, decisions: Mapping[str, Mapping[str, Any]]) -> None:
    """Have these properties on decisions and no others, by the decisions' ids."""
    if rows := [[decision, dict(decisions[decision])] for decision in sorted(decisions)]:
        await tx.run(_UPDATE_DECISIONS, rows=rows)


async def update_rehearsals(tx: Transaction, rehearsals: Iterable[tuple[str, str, str]]) -> None:
    """Replace (by id) the reports of rehearsals and how far their applications have come."""
    if rows := [list(row) for row in sorted(rehearsals)]:
        await tx.run(_UPDATE_REHEARSALS, rows=rows)


async def find_neighbours(tx: Transaction, identifiers: Collection[str], records: Collection[str]) -> set[str]:
    """For each of these identifiers one record that claims it now and is not one of `records`, if there is one."""
    rows = await tx.run(_FIND_NEIGHBOURS, identifiers=sorted(identifiers), records=sorted(records))
    return {row["record"] for row in rows}
