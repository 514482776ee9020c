"""Reads that see a write: the token that a mutation answers with, sent along with what is asked next."""

from __future__ import annotations

import math
from typing import Final

from starlette.requests import Request

from hub.core.errors import Unavailable, WriteTokenInvalid
from hub.http.heads import find_header
from hub.http.parameters import Operation
from hub.http.refusals import Refused
from hub.http.resources import Resources
from hub.services.write_tokens import open_token, seal_token

_HEADER: Final = b"hub-write-token"


async def see_write(request: Request, operation: Operation) -> None:
    """Wait until the graph knows of the write that comes with a request; raises Refused where it does not in time.

    A token in the operation's extensions counts before one in the header.
    """
    token = operation.write_token or find_header(request.scope, _HEADER)
    if not token:
        return
    resources: Resources = request.app.state.resources
    try:
        await resources.graph.catch_up(open_token(resources.identity.vault, token))
    except WriteTokenInvalid as error:
        raise Refused(400, error.safe_message, code=error.code) from None
    except Unavailable as error:
        headers = {"Retry-After": str(math.ceil(error.retry_after_s))}
        raise Refused(503, error.safe_message, code=error.code, headers=headers) from None


async def make_token(request: Request) -> str:
    """The token for everything that this process has written so far."""
    resources: Resources = request.app.state.resources
    return seal_token(resources.identity.vault, await resources.graph.find_bookmarks())
