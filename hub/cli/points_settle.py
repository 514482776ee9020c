"""`hub points settle`: what the worker does with orders that changed, at once and with a bar."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import anyio
import typer

from hub.cli.bars import show_bars
from hub.cli.runtime import open_runtime
from hub.core.clock import now_ms
from hub.services.import_guards import tuned
from hub.services.order_points import Settled, load_earner, settle_orders


def settle() -> None:
    """Give orders that changed the points that are due to them, as the worker does. Can be stopped and repeated."""
    done = anyio.run(_settle)
    refused = f" {done.refused:,} orders were refused: their amounts cannot be right." if done.refused else ""
    aside = f" {done.aside:,} could not be settled and are tried again in an hour: see the log." if done.aside else ""
    typer.echo(f"{done.orders:,} orders, {done.operations:,} operations posted.{refused}{aside}")


async def _settle() -> Settled:
    async with open_runtime() as hub:
        earner = await load_earner(hub.graph, ZoneInfo(hub.settings.timezone))
        with show_bars() as bars, tuned():
            return await settle_orders(hub.graph, earner, now_ms=now_ms(), progress=bars.begin("points of orders"))
