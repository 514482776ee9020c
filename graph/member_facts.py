"""The facts of a membership as they are written: each by an operation that is kept beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal, LiteralString, TypeAlias

from graph.database import Transaction
from graph.ledger_rows import operation_row
from graph.person_places import place_enrolment
from graph.statement import Statement
from hub.core.ledger import Operation

Label: TypeAlias = Literal["Enrolment", "TierGrant", "PaidTerm", "Entitlement", "BenefitUse", "Coupon"]


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


_ATTACH_ENROLMENT: Final = _attach("Enrolment")
_ATTACH_GRANT: Final = _attach("TierGrant")
_ATTACH_TERM: Final = _attach("PaidTerm")
_ATTACH_ENTITLEMENT: Final = _attach("Entitlement")
_ATTACH_USE: Final = _attach("BenefitUse")
_ATTACH_COUPON: Final = _attach("Coupon")
_CHANGE_GRANT: Final = _change("TierGrant")
_CHANGE_TERM: Final = _change("PaidTerm")
_CHANGE_USE: Final = _change("BenefitUse")
_CHANGE_COUPON: Final = _change("Coupon")
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


_MOVE: Final = Statement(
    "membership.move",
    "write",
    "UNWIND $rows AS row MATCH (n:PaidTerm {key: row[0]}) SET n.from_ms = row[1], n.to_ms = row[2]",
)

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
    "BenefitUse": _CHANGE_USE,
    "Coupon": _CHANGE_COUPON,
}


async def attach_fact(
    tx: Transaction, label: Label, birth_id: str, properties: Mapping[str, Any], operation: Operation
) -> None:
    """Hang a new fact on a record, and keep the operation that brought it; the fact gets its key."""
    said = {"key": operation.key, "programme": operation.programme, **properties}
    if label == "Enrolment":
        said["place"] = place_enrolment(operation.programme, properties["joined_ms"], operation.key)
    await tx.run(_ATTACHES[label], birth_id=birth_id, properties=said, operation=operation_row(operation))


async def change_fact(
    tx: Transaction, label: Label, key: str, properties: Mapping[str, Any], operation: Operation
) -> None:
    """Add to what a fact says, and keep the operation that does."""
    await tx.run(_CHANGES[label], key=key, properties=dict(properties), operation=operation_row(operation))


async def move_terms(tx: Transaction, terms: Collection[tuple[str, int, int]]) -> None:
    """Have paid terms (by key) begin and end at other instants; their person is locked."""
    if terms:
        await tx.run(_MOVE, rows=[list(term) for term in sorted(terms)])


async def withdraw_consents(tx: Transaction, keys: Collection[str], at_ms: int, operation: Operation) -> None:
    """Say of enrolments that their consent ended, and keep the operation that ended it."""
    await tx.run(_WITHDRAW, keys=sorted(keys), at_ms=at_ms, operation=operation_row(operation))
