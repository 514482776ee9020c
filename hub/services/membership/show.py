"""What a member has: tier and the way to it, balances, benefits, coupons, enrolments."""

from __future__ import annotations

from dataclasses import dataclass

from graph import membership
from graph.database import Graph
from hub.services.ledger.balance import Balance, explain_absence, get_holdings
from hub.services.membership.benefits import list_allowances
from hub.services.membership.coupons import Coupon, read_coupon
from hub.services.membership.facts import Enrolment, Member, fetch_earnings, gather
from rules.benefits import Allowance
from rules.programme import Programme
from rules.tiers import History


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's membership in a programme.

    Attributes:
        begins_ms: since when they are in; of who never enrolled, since when they buy, or are known.
        balances: of now; empty where an earlier instant was asked for.
        coupons: issued until then, the newest first.
    """

    person: str
    programme: str
    begins_ms: int
    enrolments: tuple[Enrolment, ...]
    tier: History
    balances: tuple[Balance, ...]
    allowances: tuple[Allowance, ...]
    coupons: tuple[Coupon, ...]


async def show_membership(
    graph: Graph, programme: Programme, person: str, *, now_ms: int, as_of_ms: int | None = None
) -> Membership:
    """The membership behind any id that the hub gave out, now or as of an earlier instant.

    Two statements, and one more where a tier is reached by points.

    Raises:
        NotFound, Erased: nobody living is behind the id.
    """
    member = await get_member(graph, programme, person)
    at_ms = now_ms if as_of_ms is None else as_of_ms
    holdings = None if as_of_ms is not None else await get_holdings(graph, programme, member.person, now_ms=now_ms)
    coupons = [read_coupon(one, member.person) for one in member.coupons.values() if one["issued_ms"] <= at_ms]
    history = member.walk(programme, at_ms)
    return Membership(
        member.person,
        programme.name,
        member.begins_ms,
        tuple(one for one in member.enrolments if one.joined_ms <= at_ms),
        history,
        holdings.balances if holdings else (),
        tuple(list_allowances(programme, member, history.tier_at(at_ms), at_ms)),
        tuple(sorted(coupons, key=lambda one: (-one.issued_ms, one.code))),
    )


async def get_member(graph: Graph, programme: Programme, person: str) -> Member:
    """What the membership behind any id follows from; raises as `show_membership`."""
    records = await membership.fetch_by_id(graph, programme.name, person)
    if not records:
        raise await explain_absence(graph, person)
    return gather(records[0].person, records, await fetch_earnings(graph, programme, records))
