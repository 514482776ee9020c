"""Enrolment: a record joins a programme."""

from __future__ import annotations

from graph.database import Graph, Transaction
from hub.core.errors import InvalidInput
from hub.core.ledger import Operation
from hub.services.ledger.desk import run_once
from hub.services.ledger.request import Call, Details, Request
from hub.services.membership.desk import attach, open_holder
from rules.programme import Programme

NO_RECORD = "There is no such record. Records are written system|external_id."
_MOST_CHARS = 200


async def enrol(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    record: str,
    joined_ms: int,
    now_ms: int,
    channel: str = "",
    referrer: str = "",
    consent_ms: int | None = None,
) -> Operation:
    """Have a record join; several enrolments of one person are kept, and the earliest says since when they are in.

    Args:
        joined_ms: when; not later than now. consent_ms: when the customer agreed, if that is on record.
        channel, referrer: by what way, and by whom; the referrer is a guide's or a member's code, never a name.

    Raises:
        InvalidInput: an instant that cannot be, or texts that are too long.
        NotFound: no such record.
        KeyReused: the key belongs to another request.
    """
    if not (0 <= joined_ms <= now_ms and 0 <= (consent_ms or 0) <= now_ms):
        raise InvalidInput("Who has joined did so in the past: check the instants.")
    if max(len(channel), len(referrer)) > _MOST_CHARS or not (channel + referrer).isprintable():
        raise InvalidInput(f"The channel and the referrer are each one line of at most {_MOST_CHARS} characters.")
    said: Details = {"joined_ms": joined_ms, "channel": channel, "referrer": referrer, "consent_ms": consent_ms}
    return await run_once(graph, _enrol, Request("enrol", call, programme, "", 0, record, said), now_ms)


async def _enrol(tx: Transaction, request: Request, at_ms: int) -> Operation:
    opened = await open_holder(tx, request, "record", NO_RECORD)
    return await attach(tx, request, opened, "Enrolment", request.details, at_ms)
