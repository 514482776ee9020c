"""Benefits: given to one person, and used."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from graph import member_facts
from graph.database import Graph, Transaction
from hub.core.errors import InvalidInput
from hub.core.ledger import NotHonoured, Operation
from hub.core.membership import NotEntitled, QuotaUsed
from hub.services.ledger.desk import run_once
from hub.services.ledger.request import Call, Details, Request, check_signed
from hub.services.membership.desk import attach, open_member
from hub.services.membership.facts import Member
from rules.benefits import Allowance, Benefit, find_allowances
from rules.programme import Programme
from rules.sharing import Thing

MOST_TIMES: Final = 1_000_000
"""So often a benefit can be given at once, as a quota can be."""


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
    check_signed(call)
    if not 0 < count <= MOST_TIMES:
        raise InvalidInput(f"A benefit is given from 1 to {MOST_TIMES:,} times.")
    details: Details = {"benefit": benefit, "to_ms": to_ms}
    request = Request("entitle", call, programme, "", count, person, details, said)
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
    """What a person of a tier can have at an instant."""
    return find_allowances(
        programme.benefits,
        tier,
        member.entitlements,
        member.uses.values(),
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
    allowance = _choose(request, opened.member, name, at_ms)
    said = {"benefit": name, "at_ms": at_ms, "source": allowance.source, "place": request.where}
    operation = replace(request.to_operation(opened.member.person, at_ms, ()), original=allowance.source or None)
    # Where the gift is its use is, so that an unmerge parts neither from the other.
    home = opened.member.homes.get(allowance.source, opened.birth_id)
    await member_facts.attach_fact(tx, "BenefitUse", home, said, operation)
    return operation


def _choose(request: Request, member: Member, name: str, at_ms: int) -> Allowance:
    """The first that has something left and can be had here; a tier that is not honoured here hides no gift."""
    tier = member.walk(request.programme, at_ms).tier_at(at_ms)
    own = [one for one in list_allowances(request.programme, member, tier, at_ms) if one.benefit == name]
    if not own:
        raise NotEntitled(f"The benefit {name} is not this person's now: neither their tier's nor given to them.")
    if not (left := [one for one in own if one.left]):
        used, quota = sum(one.used for one in own), sum(one.quota for one in own)
        raise QuotaUsed(f"The benefit {name} is used up: {used} of {quota}.")
    if not left[0].source:
        try:
            request.check_honoured(Thing("tier", tier or ""))
        except NotHonoured:
            given = next((one for one in left if one.source), None)
            if given is None:
                raise
            return given
    return left[0]
