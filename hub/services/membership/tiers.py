"""Tiers that are not earned: granted by hand, or sold for a term, renewed and cancelled."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from graph import member_facts
from graph.database import Graph, Transaction
from hub.core.errors import InvalidInput
from hub.core.ledger import Operation, UnknownOperation
from hub.core.membership import AlreadyEnded, NotForSale
from hub.services.ledger.desk import get_operation, run_once
from hub.services.ledger.request import Call, Request, check_signed
from hub.services.membership.desk import Opened, attach, get_own, open_holder, open_member
from rules.programme import Programme
from rules.tiers import Tier, sell_term, split_price

_NO_TERM: Final = "There is no such paid term. Name it by the operation that sold it, written caller|key."
_NO_GRANT: Final = "There is no such grant. Name it by the operation that granted it, written caller|key."


async def grant_tier(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    person: str,
    tier: str,
    to_ms: int | None,
    now_ms: int,
    said: str | None = None,
) -> Operation:
    """Give a person (any id) a tier from now until before an instant; the call names who does it and why.

    Args:
        said: as for `spend_amount`.

    Raises:
        InvalidInput: no such tier, an end that is over, no author or no reason.
        NotFound, Erased, KeyReused: as for `spend_amount`.
    """
    check_signed(call)
    request = Request("tier_grant", call, programme, "", 0, person, {"tier": tier, "to_ms": to_ms}, said)
    return await run_once(graph, _grant, request, now_ms, tier, to_ms)


async def buy_term(
    graph: Graph, programme: Programme, call: Call, *, person: str, tier: str, now_ms: int, said: str | None = None
) -> Operation:
    """Sell a person (any id) a term of a tier, at the programme's price: the operation's amount, in fen.

    Who has a term that runs gets one that begins at its end; one that was to begin later goes behind the new one.

    Raises:
        NotForSale: the tier is not sold.
        InvalidInput, NotFound, Erased, KeyReused: as for `grant_tier`.
    """
    request = Request("tier_buy", call, programme, "", 0, person, {"tier": tier}, said)
    return await run_once(graph, _buy, request, now_ms, tier)


async def renew_term(graph: Graph, programme: Programme, call: Call, *, term: str, now_ms: int) -> Operation:
    """Sell another term of the tier that an earlier one (by the key of its operation) is of; it begins where the last
    one ends, or now.

    Raises:
        UnknownOperation: no such term. AlreadyEnded: it was cancelled.
        as `buy_term`.
    """
    return await run_once(graph, _renew, Request("tier_renew", call, programme, "", 0, term), now_ms)


async def cancel_term(graph: Graph, programme: Programme, call: Call, *, term: str, now_ms: int) -> Operation:
    """End a paid term now; the operation's amount is what has to be given back of its price, in fen.

    Raises:
        UnknownOperation: no such term. AlreadyEnded: it is over, or was cancelled before.
        InvalidInput: it is of another programme.
        KeyReused: the key belongs to another request.
    """
    return await run_once(graph, _cancel, Request("tier_cancel", call, programme, "", 0, term), now_ms)


async def end_grant(graph: Graph, programme: Programme, call: Call, *, grant: str, now_ms: int) -> Operation:
    """End a grant now; raises as `cancel_term`."""
    return await run_once(graph, _end_grant, Request("tier_end_grant", call, programme, "", 0, grant), now_ms)


async def cancel_any(graph: Graph, programme: Programme, call: Call, *, original: str, now_ms: int) -> Operation:
    """End what an operation sold or granted; raises as `cancel_term`, InvalidInput where it did neither."""
    found = await get_operation(graph, original)
    if found.kind == "tier_grant":
        return await end_grant(graph, programme, call, grant=original, now_ms=now_ms)
    if found.kind in ("tier_buy", "tier_renew"):
        return await cancel_term(graph, programme, call, term=original, now_ms=now_ms)
    raise InvalidInput(f"That is an operation of the kind {found.kind}: name a grant or a paid term.")


def find_tier(programme: Programme, name: str) -> Tier:
    """A tier that can be given: not the first, which is everybody's. Raises InvalidInput."""
    names = [tier.name for tier in programme.tiers.ladder[1:]]
    if name not in names:
        listed = f"Tiers: {', '.join(names)}." if names else "It has none to give."
        raise InvalidInput(f"The programme {programme.name} has no tier {name[:50]!r} to give. {listed}")
    return next(tier for tier in programme.tiers.ladder if tier.name == name)


async def _grant(tx: Transaction, request: Request, at_ms: int, tier: str, to_ms: int | None) -> Operation:
    opened = await open_member(tx, request)
    if to_ms is not None and to_ms <= at_ms:
        raise InvalidInput("A grant ends in the future: check the instant.")
    granted = {"tier": find_tier(request.programme, tier).name, "from_ms": at_ms, "to_ms": to_ms}
    signed = {"author": request.call.author, "reason": request.call.reason}
    return await attach(tx, request, opened, "TierGrant", granted | signed, at_ms)


async def _buy(tx: Transaction, request: Request, at_ms: int, tier: str) -> Operation:
    return await _sell(tx, request, await open_member(tx, request), tier, at_ms)


async def _renew(tx: Transaction, request: Request, at_ms: int) -> Operation:
    opened = await open_holder(tx, request, "term", UnknownOperation(_NO_TERM))
    last = await get_own(tx, request, opened.member.terms)
    if last.cancelled_ms is not None:
        raise AlreadyEnded("This term was cancelled: buy a new one.")
    return await _sell(tx, request, opened, last.tier, at_ms, original=request.subject)


async def _sell(
    tx: Transaction, request: Request, opened: Opened, tier: str, at_ms: int, *, original: str | None = None
) -> Operation:
    found = find_tier(request.programme, tier)
    if found.offer is None:
        raise NotForSale(f"The tier {found.name} is not sold.")
    term, moved = sell_term(found.name, found.offer, opened.member.terms, at_ms, request.programme.zone)
    operation = replace(request.to_operation(opened.member.person, at_ms, ()), amount=term.price_fen, original=original)
    said = {name: getattr(term, name) for name in ("tier", "from_ms", "to_ms", "price_fen")} | {"sold_ms": at_ms}
    await member_facts.attach_fact(tx, "PaidTerm", opened.birth_id, said, operation)
    await member_facts.move_terms(tx, [(key, one.from_ms, one.to_ms) for key, one in moved.items()])
    return operation


async def _cancel(tx: Transaction, request: Request, at_ms: int) -> Operation:
    opened = await open_holder(tx, request, "term", UnknownOperation(_NO_TERM))
    term = await get_own(tx, request, opened.member.terms)
    if term.cancelled_ms is not None or term.to_ms <= at_ms:
        raise AlreadyEnded("This term is over, or was cancelled before.")
    refund_fen = split_price(term, at_ms, request.programme.zone).refund_fen
    operation = replace(
        request.to_operation(opened.member.person, at_ms, ()), amount=refund_fen, original=request.subject
    )
    said = {"cancelled_ms": at_ms, "refund_fen": refund_fen}
    await member_facts.change_fact(tx, "PaidTerm", request.subject, said, operation)
    return operation


async def _end_grant(tx: Transaction, request: Request, at_ms: int) -> Operation:
    opened = await open_holder(tx, request, "grant", UnknownOperation(_NO_GRANT))
    to_ms = (await get_own(tx, request, opened.member.grants)).to_ms
    if to_ms is not None and to_ms <= at_ms:
        raise AlreadyEnded("This grant is over.")
    operation = replace(request.to_operation(opened.member.person, at_ms, ()), original=request.subject)
    said = {"to_ms": at_ms, "ended_ms": at_ms, "planned_ms": to_ms}
    await member_facts.change_fact(tx, "TierGrant", request.subject, said, operation)
    return operation
