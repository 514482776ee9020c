"""`hub rules switches`: what a new version of a programme would honour, and no longer honour, where."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import anyio

from hub.cli.output import make_table, print_json, print_plain
from hub.cli.rules import File
from hub.cli.runtime import open_graph
from hub.cli.steward import AsJson
from hub.core.settings import load_settings
from hub.services.programme.reading import parse_programme, read_programme_file
from hub.services.programme.switches import preview_sharing
from hub.services.programme.versions import load_programme
from rules.sharing import Switch


def show(file: File, as_json: AsJson = False) -> None:
    """Show which assets, tiers and coupons a programme would begin or end to honour, and where; writes nothing."""
    found = anyio.run(_preview, read_programme_file(file), file.name)
    if as_json:
        print_json(found)
        return
    rows = ((one.thing.sort, one.thing.name, one.place, "on" if one.on else "off", one.why) for one in found)
    print_plain(make_table("What", "Name", "Where", "Switch", "Why", rows=rows) if found else "Nothing switches.")


async def _preview(text: str, name: str) -> list[Switch]:
    settings = load_settings()
    zone = ZoneInfo(settings.timezone)
    after = parse_programme(text, zone, name=name)
    async with open_graph() as graph:
        return preview_sharing(await load_programme(graph, after.name, zone), after)
