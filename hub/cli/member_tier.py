"""A member's tier in words: where they are, what lies ahead, and why."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import anyio

from hub.cli.output import make_table, print_json, print_plain
from hub.cli.runtime import open_runtime
from hub.cli.whom import find_living, read_instant_ms
from hub.core.clock import from_ms, now_ms
from hub.core.ledger import FOREVER_MS
from hub.services.membership.show import get_member
from rules.tiers import Explanation, Ground, History, Stay, Tally


def explain_tier(whom: str, as_of: str, programme_name: str, *, as_json: bool) -> None:
    """Look a member up and print why they have their tier."""
    found, zone = anyio.run(_explain, whom, as_of, programme_name)
    if as_json:
        print_json(found)
    elif found is None:
        print_plain("Not a member yet.")
    else:
        _print_explanation(found, zone)


async def _explain(whom: str, as_of: str, programme_name: str) -> tuple[Explanation | None, ZoneInfo]:
    async with open_runtime() as hub:
        programme = await hub.load_programme(programme_name)
        at_ms = read_instant_ms(as_of, programme.zone) if as_of else now_ms()
        member = await get_member(hub.graph, programme, await find_living(hub, whom))
        return member.explain(programme, at_ms), programme.zone


def _print_explanation(found: Explanation, zone: ZoneInfo) -> None:
    print_plain(f"{found.tier} by {found.version}")
    if found.grounds:
        headings = ("Gives", "Why", "Since", "Until", "By", "Operation", "Decides")
        print_plain(make_table(*headings, rows=[_row(one, zone) for one in found.grounds]))
    if found.tallies:
        print_plain(make_table("For", "Counts", "Have", "Missing", rows=map(_tell_tally, found.tallies)))


def _row(one: Ground, zone: ZoneInfo) -> tuple[str | None, ...]:
    when = day(one.span.from_ms, zone), day(one.span.to_ms, zone)
    return one.tier, one.why, *when, one.span.last_rule, one.source or None, "yes" if one.decides else None


def _tell_tally(one: Tally) -> tuple[str | None, ...]:
    return one.tier, one.qualification.text, f"{one.have:,}", f"{one.missing:,}"


def print_tier(tier: History, zone: ZoneInfo) -> None:
    """The tier now, the way to the next, and what comes if nothing happens."""
    print_plain(tell_stay(tier.current, zone) if tier.current else "Not a member yet.")
    for one in tier.progress:
        print_plain(f"  to {one.tier}: {one.metric} {one.have:,} of {one.least:,}")
    if tier.ahead:
        coming = tier.ahead[0]
        known = "announced" if tier.notice else "joined" if coming.why == "joined" else "unless they buy"
        print_plain(
            f"  {coming.tier} from {day(coming.from_ms, zone)}, {known}{f' ({coming.rule})' if coming.rule else ''}"
        )


def tell_stay(stay: Stay, zone: ZoneInfo) -> str:
    """A stay in one line."""
    return f"{stay.tier} since {day(stay.from_ms, zone)}: {stay.why}{f' ({stay.rule})' if stay.rule else ''}"


def day(instant_ms: int | None, zone: ZoneInfo) -> str | None:
    """A day in the programme's timezone; None for never."""
    if instant_ms is None or instant_ms >= FOREVER_MS:
        return None
    return f"{from_ms(instant_ms).astimezone(zone):%Y-%m-%d}"
