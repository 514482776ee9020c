"""Freed values leave the embedded graph's files at the first start after an erasure, before anybody works on it.

ArcadeDB overwrites what is deleted, and leaves what an update shortened or moved: `CHECK DATABASE COMPRESS` rewrites
the pages. It is SQL, which Bolt does not carry, so that it goes through the server's other listener. (`REBUILD INDEX`
drops unique indexes and fails: the constraints are made anew instead.)
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
from typing import Final

import structlog

from graph.database import Graph
from graph.wiping import find_unwiped, mark_wiped, renew_indexes
from hub.core.settings import Settings
from hub.embedded.arcadedb import DATABASE, USER
from hub.embedded.ports import LOOPBACK

_PATIENCE_S: Final = 3600.0


async def wipe_erased(settings: Settings, http_port: int, password: str) -> None:
    """Rewrite the files if something was erased since it was done last; a failure is logged and made good next time.

    Raises:
        Unavailable: the graph went away.
    """
    log = structlog.get_logger(__name__)
    async with Graph.open(settings) as graph:
        erasures = await find_unwiped(graph)
        if erasures is None:
            return
        log.info("rewriting the graph's files after erasures", erasures=erasures)
        await renew_indexes(graph)
        try:
            await asyncio.to_thread(_compress, http_port, password)
        except (OSError, http.client.HTTPException) as error:
            log.warning("the graph's files may still hold erased values", reason=str(error))
            return
        await mark_wiped(graph, erasures)


def _compress(port: int, password: str) -> None:
    credentials = base64.b64encode(f"{USER}:{password}".encode()).decode()
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_PATIENCE_S)
    try:
        connection.request(
            "POST",
            f"/api/v1/command/{DATABASE}",
            json.dumps({"language": "sql", "command": "CHECK DATABASE COMPRESS"}),
            {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise http.client.HTTPException(f"the server answered {answer.status}")
