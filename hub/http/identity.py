"""The identity policy that requests are answered by: the one in force, at most a few seconds late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from hub.core.errors import Unavailable
from hub.http.resources import Resources

_LOOK_EVERY_S: Final = 2.0


@asynccontextmanager
async def following_policy(resources: Resources) -> AsyncIterator[None]:
    """Put the identity of a newly published policy into `resources` while the block runs.

    One small look-up every two seconds, whatever the load: a request neither waits for it nor pays for it.
    """
    follower = asyncio.create_task(_follow(resources))
    try:
        yield
    finally:
        follower.cancel()
        await asyncio.wait([follower])


async def _follow(resources: Resources) -> None:
    """Whatever fails leaves the policy that is known in place; each failure is told once."""
    told = ""
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        try:
            resources.identity = await resources.identity.renewed(resources.graph, resources.settings)
            told = ""
        except Unavailable:
            continue  # requests tell
        except Exception as error:
            if str(error) != told:
                told = str(error)
                structlog.get_logger(__name__).exception("the policy in force cannot be loaded")
