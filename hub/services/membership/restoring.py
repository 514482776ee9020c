"""Giving back what was used for a purchase that is returned: a benefit or a coupon, and the points spent with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from graph import member_facts, persons
from graph.database import Graph, Transaction
from graph.failures import vanished
from graph.member_facts import Label
from graph.membership import By
from hub.core.errors import InvalidInput
from hub.core.ledger import Operation, UnknownOperation
from hub.core.membership import AlreadyRestored, NotEntitled
from hub.services.ledger.balance import explain_absence
from hub.services.ledger.callers import RESTORES
from hub.services.ledger.desk import Done, get_operation, run_once
from hub.services.ledger.request import MOST_KEY_CHARS, Call, Request
from hub.services.ledger.spending import refund_within
from hub.services.membership.coupon import is_taken_by, untake
from hub.services.membership.desk import get_own, open_holder
from hub.services.membership.facts import Member
from rules.programme import Programme

_KINDS: Final[Mapping[str, By]] = {"benefit_use": "use", "coupon_redeem": "coupon"}
_GONE: Final = "What was used is gone with whoever had it: they are erased."


@dataclass(frozen=True, slots=True)
class Returned:
    """What of a purchase comes back.

    Attributes:
        used: the operation that used the benefit or redeemed the coupon.
        spent: the key of the operation that spent points for the same purchase; None where these stay spent.
        person: any id of who brings the purchase back, where it has to be theirs; None where nobody is named.
    """

    used: Operation
    spent: str | None
    person: str | None


async def restore(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    original: str,
    now_ms: int,
    spent: str | None = None,
    person: str | None = None,
    said: str | None = None,
) -> Operation:
    """Undo a use of a benefit or the redemption of a coupon, and give back what is left of what was spent with it.

    All of it or nothing. The benefit counts as not used in its period, the coupon can be redeemed until its own end.
    The operation's amount is what came back of what was spent.

    Args:
        original: the key of the operation that used or redeemed it.
        spent: the key of the operation that spent points or stored value for the same purchase.
        person: any id of who brings the purchase back; it has to be theirs.
        said: as for `spend_amount`.

    Raises:
        AlreadyRestored: it was given back before.
        NotEntitled: it is not this person's, or what was spent is another one's.
        ExceedsOriginal: nothing is left of what was spent.
        UnknownOperation: no such operation, or it is gone with an erased person.
        InvalidInput: it is of another kind, purchase or programme.
        NotFound, Erased, KeyReused: as for `spend_amount`.
    """
    used = await get_operation(graph, original)
    if used.kind not in _KINDS:
        raise InvalidInput(f"That is an operation of the kind {used.kind}: name one of {' or '.join(_KINDS)}.")
    fact = (used.original or "") if used.kind == "coupon_redeem" else used.key
    details = {"original": original, "spent": spent, "person": said or person}
    kind = f"{used.kind.partition('_')[0]}_restore"
    request = Request(kind, call, programme, "", 0, fact, details)
    return await run_once(graph, _restore, request, now_ms, Returned(used, spent, person))


async def _restore(tx: Transaction, request: Request, at_ms: int, returned: Returned) -> Operation:
    used = returned.used
    opened = await open_holder(tx, request, _KINDS[used.kind], UnknownOperation(_GONE))
    label, said = await _undo(tx, request, opened.member, used, at_ms)
    await _check_theirs(tx, opened.member, returned.person)
    operation = replace(request.to_operation(opened.member.person, at_ms, ()), original=used.key)
    if returned.spent is not None:
        back = await _give_back(tx, request, used, returned.spent, at_ms)
        operation = replace(operation, asset=back.asset, amount=back.amount)
    await member_facts.change_fact(tx, label, request.subject, said, operation)
    return operation


async def _check_theirs(tx: Transaction, member: Member, person: str | None) -> None:
    if person is None:
        return
    living = await _find_living(tx, person)
    if living is None:
        raise await explain_absence(tx, person)
    if living != member.person:
        raise NotEntitled("What was used is another person's: name whoever used it, or nobody.")


async def _undo(
    tx: Transaction, request: Request, member: Member, used: Operation, at_ms: int
) -> tuple[Label, dict[str, Any]]:
    """What the use or the coupon says from now on."""
    if used.kind == "benefit_use":
        if (await get_own(tx, request, member.uses)).restored_ms is not None:
            raise AlreadyRestored("This use was given back before.")
        return "BenefitUse", {"restored_ms": at_ms}
    stored = await get_own(tx, request, member.coupons)
    if not is_taken_by(stored, used.key):
        raise AlreadyRestored("This redemption was given back before.")
    return "Coupon", untake(stored, at_ms)


async def _give_back(tx: Transaction, request: Request, used: Operation, spent: str, at_ms: int) -> Operation:
    spend = await get_operation(tx, spent)
    if used.cause and spend.cause and used.cause != spend.cause:
        raise InvalidInput(f"They are of two purchases: {used.cause} and {spend.cause}.")
    if not await _is_one(tx, used.person, spend.person):
        raise NotEntitled("What was spent is another person's: it was not for this purchase.")
    # A use is given back once, so that its key is nobody else's.
    key = used.key if len(used.key) <= MOST_KEY_CHARS else hashlib.sha256(used.key.encode()).hexdigest()
    call = replace(request.call, caller=RESTORES, key=key, cause=request.call.cause or used.cause)
    try:
        return await refund_within(tx, Request("refund", call, request.programme, "", 0, spent), at_ms)
    except Done:
        # Under optimistic concurrency somebody may have given it back since we read that nobody had: look again.
        raise vanished() from None


async def _is_one(tx: Transaction, one: str, other: str) -> bool:
    """Whether two ids were of one person then, or are now."""
    if one == other:
        return True
    living = await _find_living(tx, one)
    return living is not None and living == await _find_living(tx, other)


async def _find_living(tx: Transaction, person: str) -> str | None:
    born = await persons.find_by_birth_id(tx, person)
    return born and born.person_id
