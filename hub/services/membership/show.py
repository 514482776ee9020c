"""What a member has: tier and the way to it, balances, benefits, coupons, enrolments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graph import membership
from graph.database import Graph
from hub.services.ledger.balance import Balance, explain_absence, get_holdings
from hub.services.membership.benefits import list_allowances
from hub.services.membership.coupon import Coupon, read_coupon
from hub.services.membership.facts import Enrolment, Member, fetch_earnings, gather
from rules.benefits import Allowance as Allowance
from rules.programme import Programme
from rules.tiers import Counted as Counted
from rules.tiers import Explanation as Explanation
from rules.tiers import Grant as Grant
from rules.tiers import Ground as Ground
from rules.tiers import History as History
from rules.tiers import PaidTerm as PaidTerm
from rules.tiers import Progress as Progress
from rules.tiers import Stay as Stay
from rules.tiers import Tally as Tally


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's membership in a programme.

    Attributes:
        begins_ms: since when they buy, have a tier or are enrolled, whichever came first, or are known.
        balances: of now; empty where an earlier instant was asked for.
        coupons: issued until then, the newest first.
        grants, terms: those given or sold until then, as they stood, by the keys of their operations.
    """

    person: str
    programme: str
    begins_ms: int
    enrolments: tuple[Enrolment, ...]
    tier: History
    balances: tuple[Balance, ...]
    allowances: tuple[Allowance, ...]
    coupons: tuple[Coupon, ...]
    grants: Mapping[str, Grant]
    terms: Mapping[str, PaidTerm]


async def show_membership(
    graph: Graph, programme: Programme, person: str, *, now_ms: int, as_of_ms: int | None = None
) -> Membership:
    """The membership behind any id that the hub gave out, now or as of an earlier instant.

    Two statements, and one more where a tier is reached by points.

    Raises:
        NotFound, Erased: nobody living is behind the id.
    """
    member = await get_member(graph, programme, person)
    if as_of_ms is not None:
        return describe_membership(programme, member, as_of_ms)
    holdings = await get_holdings(graph, programme, member.person, now_ms=now_ms)
    return replace(describe_membership(programme, member, now_ms), balances=holdings.balances)


def describe_membership(programme: Programme, member: Member, at_ms: int) -> Membership:
    """What a member has at an instant, without balances."""
    known = member.as_of(at_ms)
    history = known.walk(programme, at_ms)
    coupons = [read_coupon(one, member.person).as_of(at_ms) for one in known.coupons.values()]
    return Membership(
        member.person,
        programme.name,
        member.begins_ms,
        known.enrolments,
        history,
        (),
        tuple(list_allowances(programme, known, history.tier_at(at_ms), at_ms)),
        tuple(sorted(coupons, key=lambda one: (-one.issued_ms, one.code))),
        known.grants,
        known.terms,
    )


async def get_member(graph: Graph, programme: Programme, person: str) -> Member:
    """What the membership behind any id follows from; raises as `show_membership`."""
    records = await membership.fetch_by_id(graph, programme.name, person)
    if not records:
        raise await explain_absence(graph, person)
    return gather(records[0].person, records, await fetch_earnings(graph, programme, records))
