"""What a member has: tier and the way to it, balances, benefits, coupons, enrolments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graph import membership
from graph.database import Graph
from hub.services.ledger.balance import Balance, explain_absence, get_holdings
from hub.services.membership.benefits import list_allowances
from hub.services.membership.coupons import Coupon, read_coupon
from hub.services.membership.facts import Enrolment, Member, fetch_earnings, gather
from rules.benefits import Allowance as Allowance
from rules.programme import Programme
from rules.tiers import Grant as Grant
from rules.tiers import History as History
from rules.tiers import PaidTerm as PaidTerm
from rules.tiers import Progress as Progress
from rules.tiers import Stay as Stay


@dataclass(frozen=True, slots=True)
class Membership:
    """A person's membership in a programme.

    Attributes:
        begins_ms: since when they are in; of who never enrolled, since when they buy, or are known.
        balances: of now; empty where an earlier instant was asked for.
        coupons: issued until then, the newest first.
        grants, terms: all of them, those that begin later included, by the keys of their operations.
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
    coupons = [read_coupon(one, member.person) for one in member.coupons.values() if one["issued_ms"] <= at_ms]
    history = member.walk(programme, at_ms)
    return Membership(
        member.person,
        programme.name,
        member.begins_ms,
        list_enrolments(member, at_ms),
        history,
        (),
        tuple(list_allowances(programme, member, history.tier_at(at_ms), at_ms)),
        tuple(sorted(coupons, key=lambda one: (-one.issued_ms, one.code))),
        member.grants,
        member.terms,
    )


async def get_member(graph: Graph, programme: Programme, person: str) -> Member:
    """What the membership behind any id follows from; raises as `show_membership`."""
    records = await membership.fetch_by_id(graph, programme.name, person)
    if not records:
        raise await explain_absence(graph, person)
    return gather(records[0].person, records, await fetch_earnings(graph, programme, records))


def list_enrolments(member: Member, at_ms: int) -> tuple[Enrolment, ...]:
    """How a member's records had joined by an instant, as far as was known of them then."""
    return tuple(_as_of(one, at_ms) for one in member.enrolments if one.joined_ms <= at_ms)


def _as_of(enrolment: Enrolment, at_ms: int) -> Enrolment:
    withdrawn_ms = enrolment.withdrawn_ms
    return replace(enrolment, withdrawn_ms=None) if withdrawn_ms is not None and withdrawn_ms > at_ms else enrolment
