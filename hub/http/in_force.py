"""What requests are answered by (identity policy, programmes, keys, clients), at most a few seconds late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from hub.core.errors import Unavailable
from hub.http.resources import Resources
from hub.services.programme.in_force import load_programmes

_LOOK_EVERY_S: Final = 2.0


@asynccontextmanager
async def following_documents(resources: Resources) -> AsyncIterator[None]:
    """Put what is published anew into `resources` while the block runs.

    A few small look-ups every two seconds, whatever the load: a request neither waits for it nor pays for it.
    """
    follower = asyncio.create_task(_follow(resources))
    try:
        yield
    finally:
        follower.cancel()
        await asyncio.wait([follower])


async def _follow(resources: Resources) -> None:
    """Whatever fails leaves what is known in place; each failure is told once."""
    zone = ZoneInfo(resources.settings.timezone)
    told = ""
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        try:
            resources.identity = await resources.identity.renewed(resources.graph, resources.settings)
            resources.programmes = await load_programmes(resources.graph, zone, resources.programmes)
            if resources.settings.access == "tokens":
                await resources.renew_doors()
            told = ""
        except Unavailable:
            continue  # requests tell
        except Exception as error:
            if str(error) != told:
                told = str(error)
                structlog.get_logger(__name__).exception("what is in force cannot be loaded")
