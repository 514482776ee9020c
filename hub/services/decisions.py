"""Stewards' decisions: looked at before they are made, made, withdrawn, listed.

Records are named `system|external_id`. A decision is stored, and all that follows from it is worked out and written, in
one transaction; a repeat finds the decision that is there.
"""

from __future__ import annotations

from dataclasses import replace

from graph import decisions
from graph.database import Graph, Transaction
from graph.decisions import Decision
from hub.core.errors import Conflict, InvalidInput
from hub.core.model import RecordKey
from hub.services.decision_draft import (
    Draft,
    draft_decisions,
    draft_withdrawal,
    fetch_made,
    get_decision,
    mark_settled,
    write_draft,
)
from hub.services.decision_request import (
    DecisionRequest,
    check_author,
    check_reason,
    request_lift,
    request_link,
    request_pin,
)
from hub.services.identity import Identity
from hub.services.policy import check_policy
from hub.services.preview import Preview, add_members, make_preview
from rules.programme import Programme

__all__ = [
    "Decision",
    "DecisionRequest",
    "Preview",
    "check_token",
    "fetch_decisions",
    "get_decision",
    "make_decision",
    "preview_decision",
    "preview_withdrawal",
    "request_lift",
    "request_link",
    "request_pin",
    "withdraw_decision",
]

MOST_LISTED = 500


class _Idle(Exception):
    """Ends a transaction that has nothing to write, so that its locks leave no trace."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.id)
        self.decision = decision


async def preview_decision(
    graph: Graph, identity: Identity, request: DecisionRequest, programme: Programme | None = None
) -> Preview:
    """What a decision would change, tiers and balances in a programme included; writes nothing.

    Raises:
        NotFound: a record or an identifier is unknown.
        Conflict: an earlier decision says otherwise; names it.
        InvalidInput: there is nothing to lift, or it is lifted to too few records.
    """
    return await add_members(graph, make_preview(await draft_decisions(graph, identity.policy, [request])), programme)


async def make_decision(
    graph: Graph, identity: Identity, request: DecisionRequest, token: str | None = None
) -> Decision:
    """Store a decision and settle what follows; a decision that says the same already is returned instead.

    Raises:
        as `preview_decision`; Conflict where `token` is given and anything has changed since it was; PolicyChanged
            where another policy is in force than the identity's.
    """
    try:
        return await graph.write(_make, identity, request, token)
    except _Idle as idle:
        return replace(idle.decision, repeated=True)


async def preview_withdrawal(
    graph: Graph, identity: Identity, decision_id: str, programme: Programme | None = None
) -> Preview:
    """What would change if a decision were withdrawn; raises NotFound, and Conflict where it was withdrawn before."""
    drafted = await draft_withdrawal(graph, identity.policy, decision_id)
    if isinstance(drafted, Decision):
        raise Conflict("This decision was withdrawn already.", decision=drafted.id)
    return await add_members(graph, make_preview(drafted), programme)


async def withdraw_decision(
    graph: Graph, identity: Identity, decision_id: str, author: str, reason: str, token: str | None = None
) -> Decision:
    """End a decision and settle what follows; one that was withdrawn before is returned as it is.

    Raises:
        NotFound: there is no such decision.
        InvalidInput: no author or no reason.
        Conflict: `token` is given and anything has changed since it was.
    """
    signed = check_author(author), check_reason(reason)
    try:
        return await graph.write(_withdraw, identity, decision_id, *signed, token)
    except _Idle as idle:
        return replace(idle.decision, repeated=True)


async def fetch_decisions(
    graph: Graph, *, live: bool = True, record: str | None = None, before: str | None = None, limit: int = 50
) -> list[Decision]:
    """Decisions older than the id `before`, newest first; only `live` ones, only those on a record, if asked."""
    if not 0 < limit <= MOST_LISTED:
        raise InvalidInput(f"A page has 1 to {MOST_LISTED} decisions.")
    key = None if record is None else str(RecordKey.read(record))
    return await decisions.fetch_page(graph, live=live, record=key, before=before, limit=limit)


def check_token(drafted: Draft, token: str | None) -> None:
    """Raises Conflict where a token does not fit any more."""
    if token is not None and token.strip() != drafted.token:
        raise Conflict("What this depends on has changed since the preview. Look at a new one and decide again.")


async def _make(tx: Transaction, identity: Identity, request: DecisionRequest, token: str | None) -> Decision:
    drafted = await draft_decisions(tx, identity.policy, [request])
    await check_policy(tx, identity.policy)
    if drafted.idle:
        raise _Idle(*drafted.decisions)
    check_token(drafted, token)
    await write_draft(tx, drafted, author=request.author, reason=request.reason)
    [decision] = await fetch_made(tx, drafted)
    return decision


async def _withdraw(
    tx: Transaction, identity: Identity, decision_id: str, author: str, reason: str, token: str | None
) -> Decision:
    drafted = await draft_withdrawal(tx, identity.policy, decision_id)
    await check_policy(tx, identity.policy)
    if isinstance(drafted, Decision):
        raise _Idle(drafted)
    check_token(drafted, token)
    await write_draft(tx, drafted, author=author, reason=reason)
    return mark_settled(await get_decision(tx, decision_id), drafted)
