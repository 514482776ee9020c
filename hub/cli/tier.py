"""`hub tier`: tiers that are granted and sold, their history, and who is to be told of a change."""

from __future__ import annotations

from functools import partial
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

import anyio
import typer

from hub.cli.author import name_author
from hub.cli.member import show_part
from hub.cli.member_tier import day, print_tier
from hub.cli.output import make_table, print_json, print_plain
from hub.cli.points import Key, Original, ProgrammeName, Whom, do, make_call
from hub.cli.runtime import Runtime, open_runtime
from hub.cli.steward import AsJson
from hub.cli.whom import AsOf, act_on_home, read_instant_ms
from hub.core.clock import now_ms
from hub.core.ledger import Operation
from hub.services.membership.review import TierNotice, review_tiers, stream_notices
from hub.services.membership.show import Membership
from hub.services.membership.tiers import buy_term, cancel_any, grant_tier, renew_term
from hub.services.programme.shipped import DEFAULT_NAME
from rules.programme import Programme

TierName: TypeAlias = Annotated[str, typer.Argument(help="A tier of the programme.", metavar="TIER")]


def grant(
    whom: Whom,
    tier: TierName,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    until: Annotated[str, typer.Option(metavar="ISO", help="When it ends; left out: never.")] = "",
    author: Annotated[str, typer.Option(help="Who; the user of this computer unless given.")] = "",
    key: Key = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Give a person a tier by hand."""
    signed = make_call(key, author=name_author(author), reason=reason)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        to_ms = read_instant_ms(until, programme.zone) if until else None
        return await act_on_home(
            hub, whom, partial(grant_tier, hub.graph, programme, signed, tier=tier, to_ms=to_ms, now_ms=now_ms())
        )

    done = do(programme_name, signed, work)
    print_plain(f"{tier} granted: operation {done.key}")


def buy(whom: Whom, tier: TierName, key: Key = "", programme_name: ProgrammeName = DEFAULT_NAME) -> None:
    """Sell a person a term of a tier; another one begins where the last one ends."""
    call = make_call(key)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        return await act_on_home(hub, whom, partial(buy_term, hub.graph, programme, call, tier=tier, now_ms=now_ms()))

    done = do(programme_name, call, work)
    print_plain(f"{tier} sold for {done.amount:,} fen: operation {done.key}")


def renew(term: Original, key: Key = "", programme_name: ProgrammeName = DEFAULT_NAME) -> None:
    """Sell another term after one that was sold."""
    call = make_call(key)
    done = do(
        programme_name,
        call,
        lambda hub, programme: renew_term(hub.graph, programme, call, term=term, now_ms=now_ms()),
    )
    print_plain(f"Renewed for {done.amount:,} fen: operation {done.key}")


def cancel(original: Original, key: Key = "", programme_name: ProgrammeName = DEFAULT_NAME) -> None:
    """End a paid term or a grant now, and say what has to be given back."""
    call = make_call(key)
    done = do(
        programme_name,
        call,
        lambda hub, programme: cancel_any(hub.graph, programme, call, original=original, now_ms=now_ms()),
    )
    print_plain(f"Ended; {done.amount:,} fen to be given back: operation {done.key}")


def history(
    whom: Whom, as_of: AsOf = "", programme_name: ProgrammeName = DEFAULT_NAME, as_json: AsJson = False
) -> None:
    """Show a person's tiers, when and why they changed, and what comes if nothing happens."""
    show_part(whom, as_of, programme_name, as_json, lambda found: found.tier, _print_history)


def review(programme_name: ProgrammeName = DEFAULT_NAME) -> None:
    """Find whose tier changed since the last review, and who will lose theirs; the worker does it every night."""
    anyio.run(_review, programme_name)


def notices(
    after: Annotated[int, typer.Option(min=0, help="Those behind this number.", metavar="NUMBER")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, at most.")] = 100,
    programme_name: ProgrammeName = DEFAULT_NAME,
    as_json: AsJson = False,
) -> None:
    """List what reviews found to be told, oldest first; who remembers the last number is told each once."""
    found, zone = anyio.run(_fetch_notices, programme_name, after, limit)
    if as_json:
        print_json(found)
        return
    for notice in found:
        print_plain(_tell(notice, zone))
    print_plain(f"Go on with --after {found[-1].number}." if found else "There are no more.")


async def _review(programme_name: str) -> None:
    async with open_runtime() as hub:
        programme = await hub.load_programme(programme_name)
        seen = told = 0
        async for page in review_tiers(hub.graph, programme, now_ms=now_ms()):
            for notice in page.told:
                print_plain(_tell(notice, programme.zone))
            seen, told = seen + page.persons, told + len(page.told)
        print_plain(f"{seen:,} persons, {told:,} new notices; `hub tier notices` lists all.")


async def _fetch_notices(programme_name: str, after: int, limit: int) -> tuple[list[TierNotice], ZoneInfo]:
    async with open_runtime() as hub:
        programme = await hub.load_programme(programme_name)
        found: list[TierNotice] = []
        async for notice in stream_notices(hub.graph, programme.name, after=after):
            found.append(notice)
            if len(found) == limit:
                break
        return found, programme.zone


def _tell(notice: TierNotice, zone: ZoneInfo) -> str:
    changed = f"{notice.before or '-'} > {notice.tier}  {day(notice.from_ms, zone)} {notice.why}"
    coming = f"{notice.before} drops to {notice.tier} on {day(notice.from_ms, zone)}"
    return f"{notice.number}  {notice.person}  {changed if notice.kind == 'changed' else coming}"


def _print_history(found: Membership, zone: ZoneInfo) -> None:
    print_plain(found.person)
    rows = ((day(stay.from_ms, zone), stay.tier, stay.why, stay.rule or None) for stay in found.tier.stays)
    print_plain(make_table("From", "Tier", "Why", "Rule", rows=rows))
    print_tier(found.tier, zone)
