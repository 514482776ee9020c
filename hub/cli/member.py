"""`hub member` and `hub enrol`: what a member has, at one look; and how a record becomes one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

import anyio
import typer

from hub.cli.member_tier import day, explain_tier, print_tier
from hub.cli.output import make_table, print_json, print_plain
from hub.cli.points import (
    BALANCE_HEADINGS,
    Key,
    ProgrammeName,
    RecordName,
    Whom,
    do,
    list_balances,
    make_call,
)
from hub.cli.runtime import Runtime, open_runtime
from hub.cli.steward import AsJson
from hub.cli.whom import AsOf, act_on_person, find_living, read_instant_ms, read_record
from hub.core.clock import now_ms
from hub.core.ledger import Operation
from hub.services.membership.coupon import Coupon
from hub.services.membership.enrol import enrol, withdraw_consent
from hub.services.membership.facts import Enrolment
from hub.services.membership.show import Membership, show_membership
from hub.services.programme.shipped import DEFAULT_NAME
from rules.benefits import Allowance
from rules.programme import Programme


def member(
    whom: Whom,
    as_of: AsOf = "",
    explain: Annotated[bool, typer.Option("--explain", help="Show why they have their tier instead.")] = False,
    programme_name: ProgrammeName = DEFAULT_NAME,
    as_json: AsJson = False,
) -> None:
    """Show a member: tier and the way to the next, balances, benefits, coupons, enrolments."""
    if explain:
        explain_tier(whom, as_of, programme_name, as_json=as_json)
        return
    show_part(whom, as_of, programme_name, as_json, lambda found: found, _print_all)


def show_part(
    whom: str,
    as_of: str,
    programme_name: str,
    as_json: bool,
    part: Callable[[Membership], object],
    print_part: Callable[[Membership, ZoneInfo], None],
) -> None:
    """Look a member up, and print a part of the membership as JSON, or for people."""
    found, zone = anyio.run(_fetch, whom, as_of, programme_name)
    if as_json:
        print_json(part(found))
    else:
        print_part(found, zone)


def _print_all(found: Membership, zone: ZoneInfo) -> None:
    print_plain(f"{found.person}  in {found.programme} since {day(found.begins_ms, zone)}")
    print_tier(found.tier, zone)
    if found.balances:
        print_plain(make_table(*BALANCE_HEADINGS, rows=list_balances(found.balances, zone)))
    print_allowances(found.allowances, zone)
    if found.coupons:
        coupons = ((one.code, one.kind, day(one.expires_ms, zone), _state(one, zone)) for one in found.coupons)
        print_plain(make_table("Coupon", "Kind", "Until", "State", rows=coupons))
    if found.enrolments:
        rows = [_enrolment(one, zone) for one in found.enrolments]
        print_plain(make_table("Enrolled", "On", "Channel", "Referrer", "Consent", "Withdrawn", rows=rows))


def enrol_record(
    record: RecordName,
    joined: Annotated[str, typer.Option(metavar="ISO", help="When; now unless given.")] = "",
    channel: Annotated[str, typer.Option(help="Where they joined.")] = "",
    referrer: Annotated[str, typer.Option(help="The code of who brought them; never a name.")] = "",
    consent: Annotated[str, typer.Option(metavar="ISO", help="When they agreed, if that is on record.")] = "",
    key: Key = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Have a record join a programme."""
    name = str(read_record(record))

    call = make_call(key)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        return await enrol(
            hub.graph,
            programme,
            call,
            record=name,
            joined_ms=read_instant_ms(joined, programme.zone) if joined else None,
            now_ms=now_ms(),
            channel=channel,
            referrer=referrer,
            consent_ms=read_instant_ms(consent, programme.zone) if consent else None,
        )

    print_plain(f"{name} joined {programme_name}: operation {do(programme_name, call, work).key}")


def withdraw(whom: Whom, key: Key = "", programme_name: ProgrammeName = DEFAULT_NAME) -> None:
    """Withdraw a person's consent to a programme; they stay a member."""
    call = make_call(key)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        return await act_on_person(hub, whom, partial(withdraw_consent, hub.graph, programme, call, now_ms=now_ms()))

    print_plain(f"Consent to {programme_name} withdrawn: operation {do(programme_name, call, work).key}")


async def _fetch(whom: str, as_of: str, programme_name: str) -> tuple[Membership, ZoneInfo]:
    async with open_runtime() as hub:
        programme = await hub.load_programme(programme_name)
        as_of_ms = read_instant_ms(as_of, programme.zone) if as_of else None
        person = await find_living(hub, whom)
        found = await show_membership(hub.graph, programme, person, now_ms=now_ms(), as_of_ms=as_of_ms)
        return found, programme.zone


def print_allowances(allowances: tuple[Allowance, ...], zone: ZoneInfo) -> None:
    """The benefits that can be had now, if there are any."""
    if allowances:
        rows = (
            (one.benefit, f"{one.left:,} of {one.quota:,}", day(one.to_ms, zone), one.source or "tier")
            for one in allowances
        )
        print_plain(make_table("Benefit", "Left", "Until", "From", rows=rows))


def _enrolment(one: Enrolment, zone: ZoneInfo) -> tuple[str | None, ...]:
    instants = (day(instant_ms, zone) for instant_ms in (one.consent_ms, one.withdrawn_ms))
    return (one.record, day(one.joined_ms, zone), one.channel or None, one.referrer or None, *instants)


def _state(coupon: Coupon, zone: ZoneInfo) -> str:
    if coupon.redeemed_ms is None:
        return "open"
    return f"redeemed {day(coupon.redeemed_ms, zone)}, {coupon.discount_fen:,} fen off"
