"""`hub points expiring`: who loses what when, unless it is spent."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

import anyio
import typer

from hub.cli.member_tier import day
from hub.cli.output import make_table, print_json, print_plain
from hub.cli.points import Asset, ProgrammeName
from hub.cli.runtime import open_runtime
from hub.cli.steward import AsJson
from hub.core.clock import now_ms
from hub.core.model import DAY_MS
from hub.services.ledger.expire import Notice, stream_notices
from hub.services.ledger.request import find_asset
from hub.services.programme.shipped import DEFAULT_NAME


def list_expiring(
    days: Annotated[int, typer.Option(min=1, max=3650, help="Until so many days from now.")] = 30,
    asset: Asset = "points",
    programme_name: ProgrammeName = DEFAULT_NAME,
    as_json: AsJson = False,
) -> None:
    """List what expires of whose balance in the next days, by person; it is lost on the day that is shown."""
    found, zone = anyio.run(_fetch, days, asset, programme_name)
    if as_json:
        print_json(found)
        return
    rows = ((one.person, f"{one.amount:,}", day(one.expires_ms, zone)) for one in found)
    print_plain(make_table("Person", "Amount", "Expires", rows=rows))
    print_plain(f"{sum(one.amount for one in found):,} {asset} in {len(found):,} notices.")


async def _fetch(days: int, asset: str, programme_name: str) -> tuple[list[Notice], ZoneInfo]:
    async with open_runtime() as hub:
        programme = await hub.load_programme(programme_name)
        asked = find_asset(programme, asset).name
        at_ms = now_ms()
        stream = stream_notices(hub.graph, programme.name, asked, now_ms=at_ms, until_ms=at_ms + days * DAY_MS)
        found = [one async for one in stream]
        return sorted(found, key=lambda one: (one.person, one.expires_ms)), programme.zone
