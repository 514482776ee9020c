"""Enrolment: a record joins a programme, with the customer's consent, which they may withdraw."""

from __future__ import annotations

from graph import member_facts
from graph.database import Graph, Transaction
from hub.core.errors import InvalidInput
from hub.core.ledger import Operation, UnknownRecord
from hub.core.membership import NoConsent
from hub.services.ledger.desk import run_once
from hub.services.ledger.request import Call, Details, Request
from hub.services.membership.desk import attach, open_holder, open_member
from rules.programme import Programme

_NO_RECORD = "There is no such record. Records are written system|external_id."
_MOST_CHARS = 200


async def enrol(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    record: str,
    now_ms: int,
    joined_ms: int | None = None,
    channel: str = "",
    referrer: str = "",
    consent_ms: int | None = None,
) -> Operation:
    """Have a record join; several enrolments of one person are kept, and the earliest says since when they are in.

    Args:
        joined_ms: when; not later than now, which None stands for, so that a repeat need not know it.
        consent_ms: when the customer agreed, if that is on record.
        channel, referrer: by what way, and by whom; the referrer is a guide's or a member's code, never a name.

    Raises:
        InvalidInput: an instant that cannot be, or texts that are too long.
        UnknownRecord: no such record.
        KeyReused: the key belongs to another request.
    """
    if not all(0 <= instant_ms <= now_ms for instant_ms in (joined_ms or 0, consent_ms or 0)):
        raise InvalidInput("Who has joined did so in the past: check the instants.")
    if max(len(channel), len(referrer)) > _MOST_CHARS or not (channel + referrer).isprintable():
        raise InvalidInput(f"The channel and the referrer are each one line of at most {_MOST_CHARS} characters.")
    said: Details = {"joined_ms": joined_ms, "channel": channel, "referrer": referrer, "consent_ms": consent_ms}
    return await run_once(graph, _enrol, Request("enrol", call, programme, "", 0, record, said), now_ms)


async def withdraw_consent(
    graph: Graph, programme: Programme, call: Call, *, person: str, now_ms: int, said: str | None = None
) -> Operation:
    """End all consents that a person (any id) gave to a programme, as of now; they stay a member.

    Args:
        said: as for `spend_amount`.

    Raises:
        NoConsent: there is none that stands.
        NotFound, Erased, KeyReused: as for `spend_amount`.
    """
    return await run_once(
        graph, _withdraw, Request("consent_withdraw", call, programme, "", 0, person, said=said), now_ms
    )


async def _enrol(tx: Transaction, request: Request, at_ms: int) -> Operation:
    opened = await open_holder(tx, request, "record", UnknownRecord(_NO_RECORD))
    joined_ms = request.details["joined_ms"]
    said = {**request.details, "joined_ms": at_ms if joined_ms is None else joined_ms}
    return await attach(tx, request, opened, "Enrolment", said, at_ms)


async def _withdraw(tx: Transaction, request: Request, at_ms: int) -> Operation:
    opened = await open_member(tx, request)
    standing = [one.key for one in opened.member.enrolments if one.consents]
    if not standing:
        raise NoConsent("There is no consent of this person's to withdraw: none is on record, or it was withdrawn.")
    operation = request.to_operation(opened.member.person, at_ms, ())
    await member_facts.withdraw_consents(tx, standing, at_ms, operation)
    return operation
