"""Benefits: given to one person, and used."""

from __future__ import annotations

from dataclasses import replace

from graph import membership
from graph.database import Graph, Transaction
from hub.core.errors import InvalidInput
from hub.core.ledger import Operation
from hub.core.membership import NotEntitled, QuotaUsed
from hub.services.ledger.desk import run_once
from hub.services.ledger.request import Call, Details, Request, check_amount
from hub.services.membership.desk import attach, open_member
from hub.services.membership.facts import Member
from rules.benefits import Allowance, Benefit, find_allowances
from rules.programme import Programme
from rules.sharing import Thing


async def entitle(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    person: str,
    benefit: str,
    count: int,
    to_ms: int,
    now_ms: int,
    said: str | None = None,
) -> Operation:
    """Give a person (any id) a benefit so many times, until before an instant, whatever their tier.

    Args:
        said: as for `spend_amount`.

    Raises:
        InvalidInput: no such benefit, a count or an end that cannot be, no author or no reason.
        NotFound, Erased, KeyReused: as for `spend_amount`.
    """
    if not (call.author.strip() and call.reason.strip()):
        raise InvalidInput("An entitlement names its author and its reason.")
    details: Details = {"benefit": benefit, "to_ms": to_ms}
    request = Request("entitle", call, programme, "", check_amount(count), person, details, said)
    return await run_once(graph, _entitle, request, now_ms, benefit, to_ms)


async def use_benefit(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    person: str,
    benefit: str,
    now_ms: int,
    where: str | None = None,
    said: str | None = None,
) -> Operation:
    """Use a benefit once: out of the tier's quota of the period, then out of what was given to the person alone.

    Args:
        where: the store, channel or brand: the person's tier has to be honoured there.
        said: as for `spend_amount`.

    Raises:
        NotEntitled: it is not theirs now. QuotaUsed: it is, and used up.
        NotHonoured: the programme does not honour their tier there.
        InvalidInput: no such benefit.
        NotFound, Erased, KeyReused: as for `spend_amount`.
    """
    request = Request("benefit_use", call, programme, "", 0, person, {"benefit": benefit}, said, where)
    return await run_once(graph, _use, request, now_ms, benefit)


def find_benefit(programme: Programme, name: str) -> Benefit:
    """A benefit of a programme; raises InvalidInput."""
    benefit = programme.benefits.benefits.get(name)
    if benefit is None:
        listed = ", ".join(sorted(programme.benefits.benefits)) or "none"
        raise InvalidInput(f"The programme {programme.name} has no benefit {name[:50]!r}. Benefits: {listed}.")
    return benefit


def list_allowances(programme: Programme, member: Member, tier: str | None, now_ms: int) -> list[Allowance]:
    """What a person of a tier can have at an instant, by what they had used until then."""
    return find_allowances(
        programme.benefits,
        tier,
        member.entitlements,
        [use for use in member.uses if use.at_ms <= now_ms],
        birthday=member.birthday,
        now_ms=now_ms,
        zone=programme.zone,
    )


async def _entitle(tx: Transaction, request: Request, at_ms: int, benefit: str, to_ms: int) -> Operation:
    opened = await open_member(tx, request)
    if to_ms <= at_ms:
        raise InvalidInput("An entitlement ends in the future: check the instant.")
    name = find_benefit(request.programme, benefit).name
    given = {"benefit": name, "count": request.amount, "from_ms": at_ms, "to_ms": to_ms}
    signed = {"author": request.call.author, "reason": request.call.reason}
    return await attach(tx, request, opened, "Entitlement", given | signed, at_ms)


async def _use(tx: Transaction, request: Request, at_ms: int, benefit: str) -> Operation:
    opened = await open_member(tx, request)
    name = find_benefit(request.programme, benefit).name
    tier = opened.member.walk(request.programme, at_ms).tier_at(at_ms)
    allowance = _choose(request.programme, opened.member, tier, name, at_ms)
    if not allowance.source:
        request.check_honoured(Thing("tier", tier or ""))
    said = {"benefit": name, "at_ms": at_ms, "source": allowance.source, "place": request.where}
    operation = replace(request.to_operation(opened.member.person, at_ms, ()), original=allowance.source or None)
    await membership.attach_fact(tx, "BenefitUse", opened.birth_id, said, operation)
    return operation


def _choose(programme: Programme, member: Member, tier: str | None, name: str, at_ms: int) -> Allowance:
    own = [one for one in list_allowances(programme, member, tier, at_ms) if one.benefit == name]
    if not own:
        raise NotEntitled(f"The benefit {name} is not this person's now: neither their tier's nor given to them.")
    left = next((one for one in own if one.left), None)
    if left is None:
        used, quota = sum(one.used for one in own), sum(one.quota for one in own)
        raise QuotaUsed(f"The benefit {name} is used up: {used} of {quota}.")
    return left
