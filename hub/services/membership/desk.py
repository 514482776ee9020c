"""What every change of a membership does around its decision: lock the person, look for a repeat, read, write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from graph import member_facts, membership, operations
from graph.database import Transaction
from graph.member_facts import Label
from graph.membership import By, Locked
from hub.core.errors import InvalidInput, NotFound
from hub.core.ledger import Operation
from hub.services.ledger.balance import explain_absence
from hub.services.ledger.desk import Done, get_operation
from hub.services.ledger.request import Request
from hub.services.membership.facts import Member, fetch_earnings, gather

_Fact = TypeVar("_Fact")


@dataclass(frozen=True, slots=True)
class Opened:
    """A person, locked, and the record (by its birth id) on which a new fact would hang."""

    member: Member
    birth_id: str


async def open_member(tx: Transaction, request: Request) -> Opened:
    """The person behind the request's subject, any id that the hub gave out.

    Raises:
        Done: a repeat.
        NotFound, Erased: the hub never gave out this id, or its person is erased.
        KeyReused: the key belongs to another request.
    """
    locked = await membership.lock_member(tx, "id", request.subject)
    if locked is None:
        await _end_repeat(tx, request)
        raise await explain_absence(tx, request.subject)
    return await _open(tx, request, locked)


async def open_holder(tx: Transaction, request: Request, by: By, absent: NotFound) -> Opened:
    """The person of a record, or of a fact; raises as `open_member`, and `absent` where there is none."""
    locked = await membership.lock_member(tx, by, request.subject)
    if locked is None:
        await _end_repeat(tx, request)
        raise absent
    return await _open(tx, request, locked)


async def get_own(tx: Transaction, request: Request, facts: Mapping[str, _Fact]) -> _Fact:
    """The fact that the request is on, by the key of the operation that brought it.

    Raises:
        InvalidInput: it is of another programme. UnknownOperation: there is none.
    """
    if (found := facts.get(request.subject)) is not None:
        return found
    brought = await get_operation(tx, request.subject)
    raise InvalidInput(f"That is of the programme {brought.programme}, not of {request.programme.name}: name that one.")


async def attach(
    tx: Transaction,
    request: Request,
    opened: Opened,
    label: Label,
    properties: Mapping[str, Any],
    at_ms: int,
) -> Operation:
    """Hang a new fact on the record, and keep the operation."""
    operation = request.to_operation(opened.member.person, at_ms, ())
    await member_facts.attach_fact(tx, label, opened.birth_id, properties, operation)
    return operation


async def _open(tx: Transaction, request: Request, locked: Locked) -> Opened:
    records = await membership.fetch_by_id(tx, request.programme.name, locked.birth_id)
    earned = await fetch_earnings(tx, request.programme, records)
    # Read last, so that it is never older than the facts: under optimistic concurrency another writer may commit
    # between any two reads, and a repeat must not be told that it has used up the quota itself.
    await _end_repeat(tx, request)
    return Opened(gather(locked.person, records, earned), locked.birth_id)


async def _end_repeat(tx: Transaction, request: Request) -> None:
    """Raise Done, or KeyReused, where something was done under the key: also where the person was erased since."""
    done = await operations.find(tx, request.call.operation)
    if done is not None:
        raise Done(request.repeat(done))
