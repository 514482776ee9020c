"""`hub benefit`: what a member is entitled to, given, and has used."""

from __future__ import annotations

from functools import partial
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

import typer

from hub.cli.author import name_author
from hub.cli.member import print_allowances, show_part
from hub.cli.output import print_plain
from hub.cli.points import Cause, Key, ProgrammeName, Where, Whom, do, make_call
from hub.cli.runtime import Runtime
from hub.cli.steward import AsJson
from hub.cli.whom import AsOf, act_on_home, read_instant_ms
from hub.core.clock import now_ms
from hub.core.ledger import Operation
from hub.services.membership.benefits import entitle, use_benefit
from hub.services.membership.show import Membership
from hub.services.programme.shipped import DEFAULT_NAME
from rules.programme import Programme

BenefitName: TypeAlias = Annotated[str, typer.Argument(help="A benefit of the programme.", metavar="BENEFIT")]


def use(
    whom: Whom,
    benefit: BenefitName,
    where: Where = None,
    key: Key = "",
    cause: Cause = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Use a benefit once."""
    call = make_call(key, cause)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        return await act_on_home(
            hub, whom, partial(use_benefit, hub.graph, programme, call, benefit=benefit, now_ms=now_ms(), where=where)
        )

    print_plain(f"{benefit} used: operation {do(programme_name, call, work).key}")


def give(
    whom: Whom,
    benefit: BenefitName,
    until: Annotated[str, typer.Option(metavar="ISO", help="It can be used before.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    count: Annotated[int, typer.Option(min=1, help="How often.")] = 1,
    author: Annotated[str, typer.Option(help="Who; the user of this computer unless given.")] = "",
    key: Key = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Give a person a benefit of their own, whatever their tier."""
    signed = make_call(key, author=name_author(author), reason=reason)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        to_ms = read_instant_ms(until, programme.zone)
        return await act_on_home(
            hub,
            whom,
            partial(entitle, hub.graph, programme, signed, benefit=benefit, count=count, to_ms=to_ms, now_ms=now_ms()),
        )

    print_plain(f"{benefit} given {count:,} times: operation {do(programme_name, signed, work).key}")


def list_benefits(
    whom: Whom, as_of: AsOf = "", programme_name: ProgrammeName = DEFAULT_NAME, as_json: AsJson = False
) -> None:
    """List what a person can have now."""
    show_part(whom, as_of, programme_name, as_json, lambda found: found.allowances, _print_own)


def _print_own(found: Membership, zone: ZoneInfo) -> None:
    print_plain(found.person)
    print_allowances(found.allowances, zone)
