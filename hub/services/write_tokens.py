"""Write tokens: what a mutation answers with, so that a read that brings it sees what was written.

A token is the graph's bookmarks sealed with the identity key: nobody can make one, and none of another installation, or
of a time before a rotation of the key, is taken for one of ours.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import orjson

from hub.core.errors import InvariantBroken, WriteTokenInvalid
from hub.core.vault import Vault

MAX_CHARS: Final = 32_768
"""More than a pool of connections, all of them writing at once, can bring about."""
_VERSION: Final = "w1."
_PLACE: Final = "write token"


def seal_token(vault: Vault, bookmarks: Collection[str]) -> str:
    """The token that stands for bookmarks; another text at each call."""
    return _VERSION + vault.seal_text(orjson.dumps(sorted(bookmarks)).decode(), _PLACE)


def open_token(vault: Vault, token: str) -> frozenset[str]:
    """The bookmarks behind `seal_token`; raises WriteTokenInvalid for anything else."""
    if len(token) > MAX_CHARS or not token.startswith(_VERSION):
        raise _foreign()
    try:
        return frozenset(orjson.loads(vault.reveal(token.removeprefix(_VERSION), _PLACE)))
    except InvariantBroken:
        raise _foreign() from None


def _foreign() -> WriteTokenInvalid:
    return WriteTokenInvalid(
        "This write token is not one of ours: send `extensions.writeToken` of a mutation's answer unchanged, or none."
    )
